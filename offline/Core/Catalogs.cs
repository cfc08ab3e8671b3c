// Stands for the catalogs of Microsoft.ML.Data that trainers and transforms hang on. Left out: every catalog and method we do not call.

namespace Microsoft.ML
{
    public sealed class TransformsCatalog : IInternalCatalog
    {
        private readonly IHostEnvironment environment;

        internal TransformsCatalog(IHostEnvironment environment)
        {
            this.environment = environment;
            Conversion = new ConversionTransforms(environment);
        }

        public ConversionTransforms Conversion { get; }
        IHostEnvironment IInternalCatalog.Environment => environment;

        public sealed class ConversionTransforms : IInternalCatalog
        {
            private readonly IHostEnvironment environment;

            internal ConversionTransforms(IHostEnvironment environment) => this.environment = environment;
            IHostEnvironment IInternalCatalog.Environment => environment;
        }
    }

    /// <summary>What the catalogs of all learning tasks share.</summary>
    public abstract class TrainCatalogBase : IInternalCatalog
    {
        private readonly IHostEnvironment environment;

        private protected TrainCatalogBase(IHostEnvironment environment) => this.environment = environment;
        IHostEnvironment IInternalCatalog.Environment => environment;

        /// <summary>A catalog of trainers, for extension methods.</summary>
        public abstract class CatalogInstantiatorBase : IInternalCatalog
        {
            private readonly TrainCatalogBase owner;

            private protected CatalogInstantiatorBase(TrainCatalogBase owner) => this.owner = owner;
            IHostEnvironment IInternalCatalog.Environment => owner.environment;
        }
    }

    public sealed class BinaryClassificationCatalog : TrainCatalogBase
    {
        internal BinaryClassificationCatalog(IHostEnvironment environment) : base(environment) => Trainers = new(this);

        public BinaryClassificationTrainers Trainers { get; }

        public sealed class BinaryClassificationTrainers : CatalogInstantiatorBase
        {
            internal BinaryClassificationTrainers(BinaryClassificationCatalog catalog) : base(catalog) { }
        }
    }

    public sealed class RegressionCatalog : TrainCatalogBase
    {
        internal RegressionCatalog(IHostEnvironment environment) : base(environment) => Trainers = new(this);

        public RegressionTrainers Trainers { get; }

        public sealed class RegressionTrainers : CatalogInstantiatorBase
        {
            internal RegressionTrainers(RegressionCatalog catalog) : base(catalog) { }
        }
    }

    public sealed class MulticlassClassificationCatalog : TrainCatalogBase
    {
        internal MulticlassClassificationCatalog(IHostEnvironment environment) : base(environment) => Trainers = new(this);

        public MulticlassClassificationTrainers Trainers { get; }

        /// <summary>Compares scored rows with their labels; rows without a label are left out.</summary>
        public MulticlassClassificationMetrics Evaluate(
            IDataView data, string labelColumnName = "Label", string scoreColumnName = "Score",
            string predictedLabelColumnName = "PredictedLabel", int topKPredictionCount = 0) =>
            MulticlassEvaluator.Evaluate(
                this.GetEnvironment(), data, labelColumnName, scoreColumnName, predictedLabelColumnName, topKPredictionCount);

        public sealed class MulticlassClassificationTrainers : CatalogInstantiatorBase
        {
            internal MulticlassClassificationTrainers(MulticlassClassificationCatalog catalog) : base(catalog) { }
        }
    }
}

namespace Microsoft.ML.Data
{
    internal interface IInternalCatalog
    {
        IHostEnvironment Environment { get; }
    }

    internal static class CatalogUtils
    {
        public static IHostEnvironment GetEnvironment(this IInternalCatalog catalog) => catalog.Environment;
    }
}
