using Nico.SiteSimulator;

namespace Nico.Tests.Slices.Infrastructure;

/// <summary>Calls that the network delivers once more.</summary>
internal static class Repeats
{
    /// <summary>
    /// Has what <paramref name="work"/> makes and removes made once more by its site, since the creation arrives again after the removal.
    /// Where the removal took longer than that, it is done again, with more time.
    /// </summary>
    public static async Task ArrivesLate(this SimulatedSite site, string createRpc, Func<Task> work)
    {
        var (carriedOut, delay) = (Repeated(), TimeSpan.FromSeconds(2));
        while (Repeated() == carriedOut)
        {
            var received = Received();
            site.Faults.Add(Fault.Duplicate(createRpc) with { Delay = delay });
            await work();
            await Wait.Until(() => Received() > received + 1, delay.TotalSeconds + 20, $"{createRpc} has arrived again");
            delay *= 2;
        }

        int Repeated() => site.RepeatedCalls.GetValueOrDefault(createRpc);

        int Received() => site.ReceivedCalls.GetValueOrDefault(createRpc);
    }
}
