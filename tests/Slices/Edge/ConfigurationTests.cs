using Nico.Host;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>A wrong value stops the start with a sentence that names its key: docs/configuration.md.</summary>
public sealed class ConfigurationTests(TestHost host)
{
    [Fact]
    public async Task A_wrong_value_is_named_by_its_key()
    {
        var database = await host.NewDatabase();
        foreach (var (key, value) in new[]
        {
            ("SiteLink:Lease", "00:00:00"), ("SiteLink:Lease", "8.00:00:00"), ("SiteLink:Lease", "soon"), ("SiteLink:RequestWait", "-00:00:01"), ("SiteLink:MaxCalls", "0"),
            ("SiteLink:MaxMessage", "1000"), ("SiteLink:KeepGone", "00:00:00"), ("Database:Look", "00:00:00"), ("Database:LockTimeout", "02:00:00"),
            ("Database:ClockTolerance", "x"), ("Retention:Batch", "0"), ("Retention:Audit", "-1"), ("Limits:HeadersBytes", "0"), ("Limits:Objects:Vpc", "-1"),
            ("Limits:Orgs:acme:Burst", "0"), ("Limits:Burst", "many"), ("Http:ApiName", ""), ("Http:ApiName", "a/b"), ("Http:ApiName", "nico,Nico"), ("Http:ApiName", "nico,"),
        })
        {
            var problem = await Assert.ThrowsAsync<ConfigurationProblem>(() => TestHost.StartHost(database, new Dictionary<string, string?> { [key] = value }, host.Issuer));
            Assert.Contains(key.StartsWith("Limits:Orgs", StringComparison.Ordinal) ? "Limits:Orgs:acme" : key, problem.Message, StringComparison.Ordinal);
        }

        var several = new Dictionary<string, string?> { ["SiteLink:Lease"] = "0", ["SiteLink:Look"] = "0", ["Database:Look"] = "0", ["Retention:Batch"] = "0" };
        var all = await Assert.ThrowsAsync<ConfigurationProblem>(() => TestHost.StartHost(database, several, host.Issuer));
        Assert.All(several.Keys, key => Assert.Contains(key, all.Message, StringComparison.Ordinal));
    }
}
