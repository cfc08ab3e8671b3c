// Serves a model that samples/ImageClassification saved: POST /predict takes a picture, / is a page to drop one on.
//
//   dotnet run -c Release --project samples/WebServing -- --model model.zip
using WebServing;

// The page lies beside the program, wherever that is started from.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
if (builder.Configuration["model"] is not { } model || !File.Exists(model))
{
    Console.Error.WriteLine(
        $"There is no model '{builder.Configuration["model"]}': name one that samples/ImageClassification saved with --model model.zip.");
    return 2;
}

builder.WebHost.ConfigureKestrel(server => server.Limits.MaxRequestBodySize = Upload.LargestSize);

builder.Services.AddSingleton(services => new ModelEngines(model, services.GetRequiredService<ILoggerFactory>()));
builder.Services.AddSingleton<Classifier>();
builder.Services.AddProblemDetails();

var app = builder.Build();
try
{
    app.Services.GetRequiredService<ModelEngines>();   // rather now than in the first request
}
catch (Exception failure)   // whatever is wrong with a file, ML.NET throws some other exception for it
{
    Console.Error.WriteLine($"Cannot load the model '{model}': train and save it again. The cause: {failure.GetBaseException().Message}");
    return 2;
}

app.UseExceptionHandler();
app.UseDefaultFiles();
app.UseStaticFiles();
app.MapPost("/predict", async (HttpRequest request, Classifier classifier) =>
{
    try
    {
        using var picture = await Upload.Read(request.Body, request.HttpContext.RequestAborted);
        return Results.Ok(classifier.Predict(picture.Path));
    }
    catch (BadHttpRequestException bad)   // Kestrel's own, too: the picture is too large
    {
        return Results.Problem(bad.Message, statusCode: bad.StatusCode);
    }
});
app.Run();
return 0;
