// Stands for EstimatorChain and the Append methods of Microsoft.ML.Data. Left out: cache checkpoints, fit delegates, data loaders.

namespace Microsoft.ML.Data
{
    /// <summary>Which uses of a chain a transformer takes part in.</summary>
    [Flags]
    public enum TransformerScope
    {
        None = 0,
        Training = 1,
        Testing = 2,
        TrainTest = Training | Testing,
        Scoring = 4,
        Everything = Training | Testing | Scoring,
    }

    /// <summary>Estimators one after another: each is fitted on what the transformers before it make of the data.</summary>
    public sealed class EstimatorChain<TLastTransformer> : IEstimator<TransformerChain<TLastTransformer>>
        where TLastTransformer : class, ITransformer
    {
        public readonly IEstimator<TLastTransformer> LastEstimator;

        private readonly (IEstimator<ITransformer> Estimator, TransformerScope Scope)[] links;

        public EstimatorChain() => links = [];

        internal EstimatorChain((IEstimator<ITransformer> Estimator, TransformerScope Scope)[] links, IEstimator<TLastTransformer> last)
        {
            this.links = links;
            LastEstimator = last;
        }

        public TransformerChain<TLastTransformer> Fit(IDataView input)
        {
            // What does not fit together is found before anything is learnt.
            GetOutputSchema(SchemaShape.Create(Contracts.CheckRef(input, nameof(input)).Schema));
            var transformers = new ITransformer[links.Length];
            for (var i = 0; i < links.Length; i++)
            {
                transformers[i] = links[i].Estimator.Fit(input);
                input = transformers[i].Transform(input);
            }

            return new TransformerChain<TLastTransformer>(transformers, links.Select(link => link.Scope));
        }

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) =>
            links.Aggregate(Contracts.CheckRef(inputSchema, nameof(inputSchema)), (shape, link) => link.Estimator.GetOutputSchema(shape));

        public EstimatorChain<TNewTrans> Append<TNewTrans>(
            IEstimator<TNewTrans> estimator, TransformerScope scope = TransformerScope.Everything)
            where TNewTrans : class, ITransformer
        {
            Contracts.CheckRef(estimator, nameof(estimator));
            return new([.. links, ((IEstimator<ITransformer>)estimator, scope)], estimator);
        }
    }
}

namespace Microsoft.ML
{
    public static class LearningPipelineExtensions
    {
        public static EstimatorChain<TTrans> Append<TTrans>(
            this IEstimator<ITransformer> start, IEstimator<TTrans> estimator, TransformerScope scope = TransformerScope.Everything)
            where TTrans : class, ITransformer
        {
            Contracts.CheckRef(start, nameof(start));
            return new EstimatorChain<ITransformer>().Append(start).Append(estimator, scope);
        }

        public static TransformerChain<TTrans> Append<TTrans>(this ITransformer start, TTrans transformer)
            where TTrans : class, ITransformer
        {
            Contracts.CheckRef(start, nameof(start));
            Contracts.CheckRef(transformer, nameof(transformer));
            return new TransformerChain<TTrans>(start, transformer);
        }
    }
}
