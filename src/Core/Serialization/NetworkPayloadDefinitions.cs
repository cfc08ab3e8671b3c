namespace MLNet.BatchNorm.Core.Serialization;

/// <summary>The definitions of all layers in a network's payload (layout: NetworkPayload.cs).</summary>
internal static class NetworkPayloadDefinitions
{
    private const byte Dense = 1;

    public static void Write(NetworkDefinition network, PayloadWriter writer, bool leavesOutRows = false)
    {
        writer.Write(network.Layers.Count);
        for (var i = 0; i < network.Layers.Count; i++)
            Write(network.Layers[i], writer, leavesOutRows && i == 0);
    }

    /// <param name="reader">Stands on the number of layers.</param>
    /// <param name="leavesOutRows">Whether the first layer leaves out rows of weights.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="ModelFormatException">Something else is wrong.</exception>
    public static NetworkDefinition Read(PayloadReader reader, out bool leavesOutRows) => new Reading(reader).Network(out leavesOutRows);

    private static void Write(LayerDefinition layer, PayloadWriter writer, bool leavesOutRows)
    {
        switch (layer)
        {
            case DenseDefinition dense:
                writer.Write(leavesOutRows ? NetworkPayloadRows.Kind : Dense);
                writer.Write(dense.Units);
                writer.Write(dense.UseBias != false);
                NetworkPayloadInitializer.Write(dense.Initializer, writer);
                break;
            case NormDefinition norm:
                NetworkPayloadNorm.Write(norm, writer);
                break;
            case Conv2DDefinition or Pool2DDefinition or GlobalAveragePoolDefinition or GlobalMaxPoolDefinition or FlattenDefinition:
                NetworkPayloadImage.Write(layer, writer);
                break;
            case ActivationDefinition activation:
                writer.Write((byte)3);
                writer.Write((byte)activation.Function);
                if (activation.HasAlpha)
                    writer.Write(activation.Alpha);
                break;
            case DropoutDefinition dropout:
                writer.Write((byte)4);
                writer.Write(dropout.Rate);
                break;
            case FeatureEncodingDefinition encoding:
                writer.Write((byte)18);
                NetworkPayloadEncoding.Write(encoding, writer);
                break;
            case ResidualDefinition residual:
                writer.Write((byte)(residual.Shortcut is null ? 16 : 17));
                NetworkPayloadInitializer.Write(residual.Initializer, writer);
                Write(residual.Inner, writer);
                if (residual.Shortcut is { } shortcut)
                    Write(shortcut, writer);
                break;
            case ConcatDefinition concat:
                writer.Write((byte)19);
                Write(concat.Inner, writer);
                break;
            case PReluDefinition prelu:
                writer.Write((byte)21);
                writer.Write(prelu.InitialSlope);
                break;
            case RmsNormDefinition rootMeanSquare:
                writer.Write((byte)22);
                writer.Write(rootMeanSquare.Epsilon);
                break;
            default:
                throw new NotSupportedException($"A layer of type {layer.GetType().Name} cannot be saved.");
        }
    }

    /// <summary>The reading of one network, which counts its layers, those in blocks too.</summary>
    private sealed class Reading(PayloadReader reader)
    {
        private long layers;
        private int depth;

        public NetworkDefinition Network(out bool leavesOutRows)
        {
            var count = reader.ReadCount(1);
            layers += count;
            reader.RequireWithin(reader.Limits.Layers, nameof(ModelLimits.Layers), layers, "layers");
            var definitions = new LayerDefinition[count];
            leavesOutRows = false;
            for (var i = 0; i < count; i++)
            {
                var kind = reader.ReadByte();
                leavesOutRows |= i == 0 && kind == NetworkPayloadRows.Kind;
                definitions[i] = Layer(leavesOutRows && i == 0 ? Dense : kind);
            }

            return new NetworkDefinition(definitions);
        }

        private NetworkDefinition InBlock()
        {
            if (++depth > BlockDefinition.MaximumDepth)
                throw reader.Invalid($"its blocks are nested more than {BlockDefinition.MaximumDepth} deep.");
            var inner = Network(out var leavesOutRows);
            depth--;
            return !leavesOutRows ? inner : throw reader.Invalid("a layer inside a block leaves out rows of weights.");
        }

        private LayerDefinition Layer(byte kind) => kind switch
        {
            _ when NetworkPayloadNorm.Read(kind, reader) is { } norm => norm,
            _ when NetworkPayloadImage.Read(kind, reader) is { } image => image,
            Dense => new DenseDefinition(reader.ReadInt32())
            {
                UseBias = reader.ReadBoolean(),
                Initializer = NetworkPayloadInitializer.Read(reader),
            },
            3 => Activation(),
            4 => new DropoutDefinition(reader.ReadSingle()),
            16 => Residual(),
            17 => Residual() with { Shortcut = InBlock() },
            18 => NetworkPayloadEncoding.Read(reader),
            19 => new ConcatDefinition(InBlock()),
            21 => new PReluDefinition { InitialSlope = reader.ReadSingle() },
            22 => new RmsNormDefinition { Epsilon = reader.ReadSingle() },
            _ => throw reader.Invalid($"it has a layer of unknown kind {kind}. A newer version of MLNet.BatchNorm may read it."),
        };

        private ActivationDefinition Activation()
        {
            var activation = new ActivationDefinition((ActivationKind)reader.ReadByte());
            return activation.HasAlpha ? activation with { Alpha = reader.ReadSingle() } : activation;
        }

        private ResidualDefinition Residual()
        {
            var initializer = NetworkPayloadInitializer.Read(reader);
            return new ResidualDefinition(InBlock()) { Initializer = initializer };
        }
    }
}
