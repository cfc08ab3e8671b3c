// The namespaces and names that nearly every file here needs.

global using System.Globalization;
global using System.Reflection;
global using Microsoft.ML;
global using Microsoft.ML.Data;
global using Microsoft.ML.Runtime;
global using Microsoft.ML.Transforms;
global using Microsoft.ML.Transforms.Image;
global using MLNet.Offline;
global using Kinds = Microsoft.ML.Data.AnnotationUtils.Kinds;
global using VectorKind = Microsoft.ML.SchemaShape.Column.VectorKind;
