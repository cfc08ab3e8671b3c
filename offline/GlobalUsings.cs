global using System.Globalization;
global using System.Reflection;
global using Microsoft.ML.Runtime;
