// Stands for RowToRowTransformerBase, OneToOneTransformerBase and TrivialEstimator of Microsoft.ML.Data. Left out: the mapper classes
// behind them; here a transformer only says which columns it adds. Transformers of our own packages do not derive from these.

namespace Microsoft.ML.Data
{
    /// <summary>A transformer that adds columns, each computed from the columns of the same row.</summary>
    public abstract class RowToRowTransformerBase : ITransformer
    {
        private readonly VersionInfo version;

        private protected RowToRowTransformerBase(IHostEnvironment env, VersionInfo version)
        {
            Host = env.Register(version.LoaderSignature);
            this.version = version;
        }

        bool ITransformer.IsRowToRowMapper => true;
        private protected IHost Host { get; }

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => MakeMapper(inputSchema).OutputSchema;
        public IDataView Transform(IDataView input) => new MappedView(input, MakeMapper(Contracts.CheckRef(input, nameof(input)).Schema));
        IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => MakeMapper(inputSchema);

        void ICanSaveModel.Save(ModelSaveContext ctx)
        {
            ctx.CheckAtModel();
            ctx.SetVersionInfo(version);
            SaveParameters(ctx.Writer);
        }

        private protected abstract void SaveParameters(BinaryWriter writer);
        private protected abstract IEnumerable<MappedColumn> MapColumns(DataViewSchema inputSchema);

        private protected DataViewSchema.Column FindInput(DataViewSchema inputSchema, string name) =>
            inputSchema.GetColumnOrNull(name) ?? throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", name);

        private protected Exception Mismatch(DataViewSchema.Column input, string expected) =>
            Host.ExceptSchemaMismatch("inputSchema", "input", input.Name, expected, input.Type.ToString());

        private RowMapper MakeMapper(DataViewSchema inputSchema) =>
            new(Contracts.CheckRef(inputSchema, nameof(inputSchema)), MapColumns(inputSchema));
    }

    /// <summary>A transformer in which each output column comes from one input column.</summary>
    public abstract class OneToOneTransformerBase : RowToRowTransformerBase
    {
        private protected OneToOneTransformerBase(IHostEnvironment env, VersionInfo version, InputOutputColumnPair[] columns)
            : base(env, version) => Columns = Contracts.CheckRef(columns, nameof(columns));

        private protected OneToOneTransformerBase(IHostEnvironment env, VersionInfo version, ModelLoadContext ctx)
            : this(env, version, LoadColumns(ctx, version)) { }

        internal InputOutputColumnPair[] Columns { get; }

        private protected override IEnumerable<MappedColumn> MapColumns(DataViewSchema inputSchema) =>
            Columns.Select((pair, index) => MapColumn(index, pair.OutputColumnName, FindInput(inputSchema, pair.InputColumnName)));

        /// <summary>The column that pair <paramref name="index"/> adds; an error when the input has the wrong type.</summary>
        private protected abstract MappedColumn MapColumn(int index, string name, DataViewSchema.Column input);

        private protected override void SaveParameters(BinaryWriter writer)
        {
            writer.Write(Columns.Length);
            foreach (var pair in Columns)
            {
                writer.Write(pair.OutputColumnName);
                writer.Write(pair.InputColumnName);
            }
        }

        private static InputOutputColumnPair[] LoadColumns(ModelLoadContext ctx, VersionInfo version)
        {
            ctx.CheckAtModel(version);
            var columns = new List<InputOutputColumnPair>();
            for (var count = ctx.Reader.ReadInt32(); count > 0; count--)
                columns.Add(new(ctx.Reader.ReadString(), ctx.Reader.ReadString()));
            return columns.ToArray();
        }
    }

    /// <summary>An estimator that learns nothing: its transformer is made with it.</summary>
    public abstract class TrivialEstimator<TTransformer> : IEstimator<TTransformer> where TTransformer : class, ITransformer
    {
        private protected TrivialEstimator(IHostEnvironment env, TTransformer transformer)
        {
            Host = env.Register(GetType().Name);
            Transformer = transformer;
        }

        private protected IHost Host { get; }
        private protected TTransformer Transformer { get; }

        public TTransformer Fit(IDataView input)
        {
            // What the transformer cannot take is found now, not when it is used.
            Transformer.GetOutputSchema(Contracts.CheckRef(input, nameof(input)).Schema);
            return Transformer;
        }

        public abstract SchemaShape GetOutputSchema(SchemaShape inputSchema);
    }
}

namespace Microsoft.ML
{
    /// <summary>An input column and the column that is made of it; the same name when only one is given.</summary>
    public sealed class InputOutputColumnPair
    {
        public InputOutputColumnPair(string outputColumnName, string inputColumnName = null)
        {
            OutputColumnName = Contracts.CheckNonEmpty(outputColumnName, nameof(outputColumnName));
            InputColumnName = inputColumnName ?? outputColumnName;
        }

        public string InputColumnName { get; }
        public string OutputColumnName { get; }
    }
}
