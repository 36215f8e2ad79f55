using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SiteSimulator;

namespace Nico.Tests.Slices.Infrastructure;

/// <summary>A simulated site behind the real protocol, known to a Host as a configured site of an org.</summary>
public sealed class TestSite : IAsyncDisposable
{
    private TestSite(Guid id, string name, SimulatedSite simulated) => (Id, Name, Simulated) = (id, name, simulated);

    /// <summary>Id of the site.</summary>
    public Guid Id { get; }

    public string Name { get; }

    /// <summary>The controller's side of it: its state and its faults.</summary>
    public SimulatedSite Simulated { get; }

    /// <summary>Starts a site that belongs to <paramref name="org"/> and connects the Host to it. Without a speed nothing takes any time there.</summary>
    internal static async Task<TestSite> Start(RunningHost host, string org, SimulatorOptions? options = null)
    {
        var name = options?.SiteName ?? "site-" + Guid.NewGuid().ToString("N")[..8];
        var simulated = await SimulatedSite.Start(
            options ?? new SimulatorOptions { SiteName = name, Machines = 4, Speed = double.PositiveInfinity },
            TimeProvider.System,
            NullLoggerFactory.Instance);
        await using var scope = host.Services.CreateAsyncScope();
        try
        {
            var id = await scope.ServiceProvider.GetRequiredService<IConfiguredSites>()
                .Ensure(new ConfiguredSite(name, org, new SiteLinkAddress(simulated.Core)), CancellationToken.None);
            return new TestSite(id, name, simulated);
        }
        catch (Problem problem) when (problem.Status == 409)
        {
            // A site of an earlier test, which is no more, had the same port.
            await simulated.DisposeAsync();
            return await Start(host, org, options);
        }
    }

    /// <summary>Starts a site that no Host of this process knows: for a Nico in a process of its own.</summary>
    internal static async Task<TestSite> Alone(SimulatorOptions? options = null)
    {
        var name = options?.SiteName ?? "site-" + Guid.NewGuid().ToString("N")[..8];
        return new TestSite(Guid.Empty, name, await SimulatedSite.Start(
            options ?? new SimulatorOptions { SiteName = name, Machines = 4, Speed = double.PositiveInfinity },
            TimeProvider.System,
            NullLoggerFactory.Instance));
    }

    public ValueTask DisposeAsync() => Simulated.DisposeAsync();
}
