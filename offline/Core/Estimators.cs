// Stands for the estimator and transformer interfaces of Microsoft.ML.Core and Microsoft.ML.Data. Left out: the data loader interfaces.

namespace Microsoft.ML
{
    /// <summary>Something that can be written into a model file.</summary>
    public interface ICanSaveModel
    {
        void Save(ModelSaveContext ctx);
    }

    /// <summary>Maps views to views, with what was learnt when it was fitted.</summary>
    public interface ITransformer : ICanSaveModel
    {
        /// <summary>Whether each output row depends on its input row alone, so that <see cref="GetRowToRowMapper"/> works.</summary>
        bool IsRowToRowMapper { get; }

        DataViewSchema GetOutputSchema(DataViewSchema inputSchema);
        IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema);
        IDataView Transform(IDataView input);
    }

    /// <summary>Learns a transformer from data; before that it can say which columns the transformer will deliver.</summary>
    public interface IEstimator<out TTransformer> where TTransformer : ITransformer
    {
        TTransformer Fit(IDataView input);
        SchemaShape GetOutputSchema(SchemaShape inputSchema);
    }

    /// <summary>A transformer with a model of its own.</summary>
    public interface IPredictionTransformer<out TModel> : ITransformer where TModel : class
    {
        TModel Model { get; }
    }

    public interface ISingleFeaturePredictionTransformer<out TModel> : IPredictionTransformer<TModel> where TModel : class
    {
        string FeatureColumnName { get; }
        DataViewType FeatureColumnType { get; }
    }

    /// <summary>The mark by which ML.NET's permutation feature importance finds a predictor in a chain of transformers.</summary>
    internal interface ISingleFeaturePredictionTransformer : ITransformer { }

    /// <summary>What a trainer wishes of its caller.</summary>
    public sealed class TrainerInfo
    {
        internal TrainerInfo(
            bool normalization = true, bool calibration = false, bool caching = true,
            bool supportValid = false, bool supportTest = false, bool supportIncrementalTrain = false)
        {
            NeedNormalization = normalization;
            NeedCalibration = calibration;
            WantCaching = caching;
            SupportsValidation = supportValid;
            SupportsTest = supportTest;
            SupportsIncrementalTraining = supportIncrementalTrain;
        }

        public bool NeedNormalization { get; }
        public bool WantCaching { get; }
        internal bool NeedCalibration { get; }
        internal bool SupportsValidation { get; }
        internal bool SupportsTest { get; }
        internal bool SupportsIncrementalTraining { get; }
    }
}

namespace Microsoft.ML.Data
{
    /// <summary>Maps rows of one schema to rows of another.</summary>
    public interface IRowToRowMapper
    {
        DataViewSchema InputSchema { get; }
        DataViewSchema OutputSchema { get; }

        /// <summary>The input columns that <paramref name="dependingColumns"/> of the output are computed from.</summary>
        IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns);

        /// <summary>A row that follows <paramref name="input"/>, and disposes it when it is disposed itself.</summary>
        DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns);
    }
}

namespace Microsoft.ML.Trainers
{
    public interface ITrainerEstimator<out TTransformer, out TModel> : IEstimator<TTransformer>
        where TTransformer : IPredictionTransformer<TModel>
        where TModel : class
    {
        TrainerInfo Info { get; }
    }
}
