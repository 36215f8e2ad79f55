using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Nico.Host;
using Nico.Host.Development;
using Nico.Host.OpenApi;
using Xunit;

[assembly: AssemblyFixture(typeof(Nico.Tests.Architecture.RunningRoutes))]

namespace Nico.Tests.Architecture;

/// <summary>The real Host's routes and its OpenAPI document; nothing runs beside them, no database is needed.</summary>
public sealed class RunningRoutes : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nico-routes-");
    private WebApplication _app = null!;

    /// <summary>Every route.</summary>
    public IReadOnlyList<RouteEndpoint> Routes { get; private set; } = [];

    /// <summary>The services of the Host.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>The document.</summary>
    public JsonObject Document { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        _app = NicoServer.Build(new ServerSettings
        {
            ConnectionString = "Host=localhost",
            Development = DevelopmentIssuer.Open(Path.Combine(_folder.FullName, "key.pem")).ToIssuer(),
            RoutesOnly = true,
            Overrides = new Dictionary<string, string?> { ["Http:Port"] = "0", ["Http:MetricsPort"] = "0", ["Logging:LogLevel:Default"] = "Error" },
        });
        await _app.StartAsync();
        Routes = [.. _app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];
        Document = JsonNode.Parse(await ApiDocument.Text(_app.Services, CancellationToken.None))!.AsObject();
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
