using Nico.SiteSimulator.State;

namespace Nico.SiteSimulator.Time;

/// <summary>What falls due when, at one site. Nothing waits on it: whoever looks at the site first carries out what fell due before,
/// at the moment it fell due, in an order that depends on moments and ids only.</summary>
internal sealed class DueQueue
{
    private readonly PriorityQueue<(Kind Kind, string Id), (long Due, string Id)> _queue = new(Order.Instance);

    public int Count => _queue.Count;

    public long? Next => _queue.TryPeek(out _, out var priority) ? priority.Due : null;

    public void Add(Kind kind, string id, long due) => _queue.Enqueue((kind, id), (due, id));

    public bool TryTake(long now, out Kind kind, out string id, out long due)
    {
        if (_queue.TryPeek(out var what, out var priority) && priority.Due <= now)
        {
            _queue.Dequeue();
            (kind, id, due) = (what.Kind, what.Id, priority.Due);
            return true;
        }

        (kind, id, due) = (Kind.None, "", 0);
        return false;
    }

    private sealed class Order : IComparer<(long Due, string Id)>
    {
        public static readonly Order Instance = new();

        public int Compare((long Due, string Id) x, (long Due, string Id) y) =>
            x.Due != y.Due ? x.Due.CompareTo(y.Due) : string.CompareOrdinal(x.Id, y.Id);
    }
}
