global using System.Globalization;
global using Microsoft.ML.Runtime;
