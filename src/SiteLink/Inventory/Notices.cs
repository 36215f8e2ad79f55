using System.Collections.Concurrent;

namespace Nico.SiteLink.Inventory;

/// <summary>What was logged of sites, so that what goes on is said once an hour and not in each round.</summary>
internal sealed class Notices(TimeProvider clock)
{
    /// <summary>Beyond so many nothing more is said before an hour is over: a site must not fill the log either.</summary>
    private const int Most = 10_000;

    private static readonly TimeSpan _pause = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<(Guid SiteId, string Kind, string Id), (string Reason, long Said)> _said = [];

    /// <summary>True when this has not been said within the last hour.</summary>
    public bool IsNews(Guid siteId, string kind, string id, string reason)
    {
        var key = (siteId, kind, id);
        if (_said.TryGetValue(key, out var last) && last.Reason == reason && clock.GetElapsedTime(last.Said) < _pause)
        {
            return false;
        }

        if (_said.Count >= Most)
        {
            foreach (var (old, entry) in _said.Where(entry => clock.GetElapsedTime(entry.Value.Said) >= _pause))
            {
                _said.TryRemove(new(old, entry));
            }
        }

        var isRoom = _said.Count < Most || _said.ContainsKey(key);
        if (isRoom)
        {
            _said[key] = (reason, clock.GetTimestamp());
        }

        return isRoom;
    }

    /// <summary>It is over; true when it had been said.</summary>
    public bool IsOver(Guid siteId, string kind, string id) => _said.TryRemove((siteId, kind, id), out _);
}
