// Stands for EstimatorChain and the Append methods of Microsoft.ML.Data. Left out: scopes other than Everything, cache checkpoints, fit
// delegates, data loaders.

namespace Microsoft.ML.Data
{
    /// <summary>Which uses of a chain a transformer takes part in; here, in all of them.</summary>
    [Flags]
    public enum TransformerScope { Everything = 7 }

    /// <summary>Estimators one after another: each is fitted on what the transformers before it make of the data.</summary>
    public sealed class EstimatorChain<TLastTransformer> : IEstimator<TransformerChain<TLastTransformer>>
        where TLastTransformer : class, ITransformer
    {
        public readonly IEstimator<TLastTransformer> LastEstimator;

        private readonly IEstimator<ITransformer>[] estimators;

        public EstimatorChain() => estimators = [];

        internal EstimatorChain(IEstimator<ITransformer>[] estimators, IEstimator<TLastTransformer> last)
        {
            this.estimators = estimators;
            LastEstimator = last;
        }

        public TransformerChain<TLastTransformer> Fit(IDataView input)
        {
            // What does not fit together is found before anything is learnt.
            GetOutputSchema(SchemaShape.Create(Contracts.CheckRef(input, nameof(input)).Schema));
            var transformers = new ITransformer[estimators.Length];
            for (var i = 0; i < estimators.Length; i++)
            {
                transformers[i] = estimators[i].Fit(input);
                input = transformers[i].Transform(input);
            }

            return new TransformerChain<TLastTransformer>(transformers);
        }

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => estimators.Aggregate(
            Contracts.CheckRef(inputSchema, nameof(inputSchema)), (shape, estimator) => estimator.GetOutputSchema(shape));

        public EstimatorChain<TNewTrans> Append<TNewTrans>(
            IEstimator<TNewTrans> estimator, TransformerScope scope = TransformerScope.Everything) where TNewTrans : class, ITransformer
        {
            Contracts.CheckRef(estimator, nameof(estimator));
            TransformerChain.CheckScope(scope);
            return new([.. estimators, (IEstimator<ITransformer>)estimator], estimator);
        }
    }
}

namespace Microsoft.ML
{
    public static class LearningPipelineExtensions
    {
        public static EstimatorChain<TTrans> Append<TTrans>(
            this IEstimator<ITransformer> start, IEstimator<TTrans> estimator, TransformerScope scope = TransformerScope.Everything)
            where TTrans : class, ITransformer => new EstimatorChain<ITransformer>().Append(start).Append(estimator, scope);

        public static TransformerChain<TTrans> Append<TTrans>(this ITransformer start, TTrans transformer)
            where TTrans : class, ITransformer =>
            new TransformerChain<ITransformer>(Contracts.CheckRef(start, nameof(start))).Append(transformer);
    }
}
