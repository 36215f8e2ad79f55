using Grpc.Core;

namespace Nico.SiteLink.Connections;

/// <summary>
/// Whether a site answers. After five calls in a row without an answer nothing but a probe is sent to it, until one answer comes:
/// any answer, since a refusal too is the word of a controller that is alive.
/// </summary>
internal sealed class Circuit(TimeProvider clock, SiteLinkOptions options)
{
    private const int Patience = 5;

    private readonly Lock _gate = new();
    private int _failures;
    private DateTimeOffset _probeFrom;
    private TimeSpan _pause;

    /// <summary>True while nothing but probes is sent.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Since when it is open.</summary>
    public DateTimeOffset? Since { get; private set; }

    /// <summary>Why it did not answer last; null once the site has answered.</summary>
    public string? LastFailure { get; private set; }

    /// <summary>True when it is time for a probe; the next one is due later, with jitter.</summary>
    public bool TakeProbe()
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            if (!IsOpen || now < _probeFrom)
            {
                return false;
            }

            _pause = _pause * 2 < options.LongestProbe ? _pause * 2 : options.LongestProbe;
            _probeFrom = now + (_pause * (0.75 + (Random.Shared.NextDouble() / 4)));
            return true;
        }
    }

    /// <summary>Something has changed that may help: the next probe is due now.</summary>
    public void Hurry()
    {
        lock (_gate)
        {
            (_probeFrom, _pause) = (clock.GetUtcNow(), options.FirstProbe / 2);
        }
    }

    /// <summary>The controller has answered; true when the circuit changed by it.</summary>
    public bool NoteAnswer()
    {
        lock (_gate)
        {
            var wasOpen = IsOpen;
            (_failures, IsOpen, Since, LastFailure) = (0, false, null, null);
            return wasOpen;
        }
    }

    /// <summary>The controller has not answered; true when the circuit changed by it, which it does at once when <paramref name="isCertain"/>.</summary>
    public bool NoteSilence(StatusCode code, string detail, bool isCertain)
    {
        lock (_gate)
        {
            LastFailure = $"{code}: {detail}";
            _failures = isCertain ? Patience : _failures + 1;
            if (_failures < Patience || IsOpen)
            {
                return false;
            }

            (IsOpen, Since, _pause) = (true, clock.GetUtcNow(), options.FirstProbe);
            _probeFrom = clock.GetUtcNow() + (_pause * (0.75 + (Random.Shared.NextDouble() / 4)));
            return true;
        }
    }
}
