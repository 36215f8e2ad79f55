using System.Text.Json;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Clients;

/// <summary>
/// Both flows of the README with TypeScript clients that are generated from our document and from the contracts, and strictly compiled. The
/// programs are in <c>typescript/</c>; docs/clients.md has the commands.
/// </summary>
public sealed class TypeScriptTests(TestHost host, TypeScriptTests.Packages packages) : IClassFixture<TypeScriptTests.Packages>
{
    [Theory]
    [InlineData("docs/openapi.json")]
    [InlineData("nico-1.6.0.json")]
    [InlineData("nico-2.0.json")]
    public async Task A_generated_client_compiles_and_walks_both_flows(string document)
    {
        Assert.SkipWhen(packages.Missing is not null, packages.Missing ?? "");
        var source = document.StartsWith("docs/", StringComparison.Ordinal) ? Path.Combine(Tools.Root, document) : Tools.Contract(document);
        Assert.SkipWhen(source is null, "the contract is not at hand");

        var folder = Directory.CreateDirectory(Path.Combine(packages.Folder, Path.GetFileNameWithoutExtension(document))).FullName;
        foreach (var file in Directory.EnumerateFiles(packages.Folder))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        File.Copy(source, Path.Combine(folder, "document.json"));
        await Node(folder, "openapi-typescript", "document.json", "--default-non-nullable=false", "-o", "generated/schema.d.ts");
        await Node(folder, "openapi-ts", "-i", "document.json", "-o", "generated/hey");
        await Node(folder, "tsc", "-p", ".");
        foreach (var client in new[] { "openapi-fetch", "hey-api" })
        {
            Assert.Contains("walked", await Walk(folder, client), StringComparison.Ordinal);
        }
    }

    private async Task<string> Walk(string folder, string client)
    {
        var account = await host.ServiceAccount();
        var (provider, _) = await host.Provider(TestHost.NewOrg("acme"));
        var tenant = TestHost.NewOrg("globex");
        await using var site = await Site(account.Client);
        await using var providerSite = await Site(provider);
        var walk = JsonSerializer.Serialize(new
        {
            address = host.Host.Address.ToString().TrimEnd('/'),
            site = site.Id,
            providerSite = providerSite.Id,
            account = new { org = account.Org, token = host.Issuer.Sign(account.Org, [], "walker", serviceAccount: true, TimeSpan.FromHours(1), DateTimeOffset.UtcNow) },
            provider = new { org = provider.Org, token = host.Host.Token(provider.Org, "PROVIDER_ADMIN") },
            tenant = new { org = tenant, token = host.Host.Token(tenant, "TENANT_ADMIN") },
        });
        return await Tools.Run(folder, new Dictionary<string, string> { ["NICO_WALK"] = walk }, "node", $"out/{client}.js");
    }

    private async Task<TestSite> Site(ApiClient owner)
    {
        var site = await host.Site(owner.Org, new SimulatorOptions
        {
            SiteName = "walk-" + Guid.NewGuid().ToString("N")[..8],
            Layout = "dgx-h100=4",
            Speed = double.PositiveInfinity,
            Blemishes = false,
            Churn = 0,
        });
        await owner.Eventually($"site/{site.Id}", found => found["status"].Text() == "Registered");
        await owner.Eventually($"machine?siteId={site.Id}&status=Ready", found => found.AsArray().Count == 4);
        return site;
    }

    private static Task<string> Node(string folder, string program, params string[] arguments) =>
        Tools.Run(folder, null, Path.Combine(folder, "..", "node_modules", ".bin", program), arguments);

    /// <summary>The pinned packages, installed once for all tests.</summary>
    public sealed class Packages : IAsyncLifetime
    {
        /// <summary>Why there are none; null when there are.</summary>
        public string? Missing { get; private set; }

        /// <summary>Where they are, with the programs.</summary>
        public string Folder { get; } = Tools.Copy("typescript");

        public async ValueTask InitializeAsync() => Missing =
            !Tools.Has("node") || !Tools.Has("npm") ? "Node is not on this machine"
            : await Tools.Fetch(Folder, "npm", "ci", "--no-audit", "--no-fund") ? null
            : "the packages cannot be fetched";

        public ValueTask DisposeAsync()
        {
            Directory.Delete(Folder, recursive: true);
            return ValueTask.CompletedTask;
        }
    }
}
