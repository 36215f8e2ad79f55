using System.Collections.Concurrent;

namespace Nico.SiteLink.Commands;

/// <summary>The commands that this process carries at the moment.</summary>
internal sealed class Flights(Carrier carrier, Pulse pulse) : IDisposable
{
    private readonly ConcurrentDictionary<Guid, Guid> _sites = [];
    private readonly CancellationTokenSource _stop = new();

    /// <summary>The commands.</summary>
    public ICollection<Guid> Ids => _sites.Keys;

    /// <summary>How many there are.</summary>
    public int Count => _sites.Count;

    /// <summary>How many each site has.</summary>
    public Dictionary<Guid, int> BySite() => _sites.Values.CountBy(site => site).ToDictionary();

    /// <summary>How many the site has.</summary>
    public int At(Guid siteId) => _sites.Values.Count(site => site == siteId);

    /// <summary>Starts to carry a command that was taken up; whoever asked for it need not stay.</summary>
    public void Launch(CommandRow row)
    {
        _sites[row.Id] = row.SiteId;
        _ = Task.Run(async () =>
        {
            try
            {
                await carrier.Carry(row, _stop.Token);
            }
            finally
            {
                _sites.TryRemove(row.Id, out _);
                pulse.Beat();
            }
        });
    }

    /// <summary>Waits until all have landed, or <paramref name="ct"/>; true when all have.</summary>
    public async Task<bool> Land(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            var next = pulse.Next;
            if (_sites.IsEmpty)
            {
                return true;
            }

            await pulse.Wait(next, TimeSpan.FromMilliseconds(200), ct);
        }

        return _sites.IsEmpty;
    }

    /// <summary>Breaks off the calls in flight.</summary>
    public Task Abort() => _stop.CancelAsync();

    public void Dispose() => _stop.Dispose();
}
