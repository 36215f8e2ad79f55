using System.CommandLine;
using Nico.Host.Development;
using Nico.Host.OpenApi;

namespace Nico.Host.CommandLine;

/// <summary><c>nico openapi</c>: writes the OpenAPI document.</summary>
internal static class OpenApiCommand
{
    public static Command Make()
    {
        var output = new Option<string?>("--output") { Description = "File to write. Default: standard output.", HelpName = "FILE" };
        var command = new Command("openapi", "Write the OpenAPI document, as the service serves it at /openapi/v2.json.") { output };
        command.SetAction((line, ct) => Write(line.GetValue(output), ct));
        return command;
    }

    private static async Task<int> Write(string? output, CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("nico-openapi-");
        try
        {
            // Routes exist once the server has started; it needs no database for that.
            await using var app = NicoServer.Build(new ServerSettings
            {
                ConnectionString = "Host=localhost",
                RoutesOnly = true,
                Overrides = new Dictionary<string, string?> { ["Http:Port"] = "0", ["Http:MetricsPort"] = "0", ["Logging:LogLevel:Default"] = "Warning" },
                Development = DevelopmentIssuer.Open(Path.Combine(folder.FullName, "key.pem")).ToIssuer(),
            });
            await app.StartAsync(ct);
            var document = await ApiDocument.Text(app.Services, ct);
            if (output is null)
            {
                Console.Out.Write(document);
            }
            else
            {
                await File.WriteAllTextAsync(output, document, ct);
            }

            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
