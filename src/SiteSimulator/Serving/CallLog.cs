using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;

namespace Nico.SiteSimulator.Serving;

/// <summary>What was called, how often, and the last calls with their outcome.</summary>
internal sealed class CallLog(TimeProvider clock)
{
    private const int Kept = 500;

    private readonly Lock _gate = new();
    private readonly Queue<Call> _last = new(Kept);
    private readonly Dictionary<string, int> _accepted = [];
    private readonly Dictionary<string, int> _repeated = [];
    private readonly Dictionary<string, int> _received = [];
    private readonly Dictionary<string, int> _chunks = [];

    public IReadOnlyList<Call> Last
    {
        get
        {
            lock (_gate)
            {
                return [.. _last];
            }
        }
    }

    public IReadOnlyDictionary<string, int> AcceptedCalls => Counted(_accepted);

    public IReadOnlyDictionary<string, int> RepeatedCalls => Counted(_repeated);

    public IReadOnlyDictionary<string, int> ReceivedCalls => Counted(_received);

    /// <summary>The site carried a call out, whatever became of its answer.</summary>
    public void Accepted(string rpc, bool isRepeat)
    {
        lock (_gate)
        {
            var counts = isRepeat ? _repeated : _accepted;
            counts[rpc] = counts.GetValueOrDefault(rpc) + 1;
        }
    }

    public void Add(string rpc, IMessage request, StatusCode code, long started)
    {
        lock (_gate)
        {
            _received[rpc] = _received.GetValueOrDefault(rpc) + 1;
            if (_last.Count == Kept)
            {
                _last.Dequeue();
            }

            // Requests may hold what a tenant gives to its instances only (user data), so the log has their size and not their text.
            _last.Enqueue(new Call(clock.GetUtcNow(), rpc, code, Stopwatch.GetElapsedTime(started), request.CalculateSize()));
        }
    }

    /// <summary>Which read by ids of its round a call is, from 1; 0 when it is none.</summary>
    public int Chunk(string rpc, string? resource)
    {
        if (resource is null)
        {
            return 0;
        }

        lock (_gate)
        {
            if (Rpcs.ListsIds(rpc))
            {
                _chunks[resource] = 0;
            }

            return Rpcs.ReadsByIds(rpc) ? _chunks[resource] = _chunks.GetValueOrDefault(resource) + 1 : 0;
        }
    }

    private SortedDictionary<string, int> Counted(Dictionary<string, int> counts)
    {
        lock (_gate)
        {
            return new SortedDictionary<string, int>(counts, StringComparer.Ordinal);
        }
    }
}
