using System.Diagnostics.Metrics;
using System.Globalization;

namespace Nico.Host.Authentication;

/// <summary>Which issuers' keys cannot be fetched, for readiness and metrics.</summary>
internal sealed class IssuerHealth : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Nico.Issuers";

    private readonly Issuers _issuers;
    private readonly Meter _meter = new(MeterName);

    public IssuerHealth(Issuers issuers)
    {
        _issuers = issuers;
        _meter.CreateObservableGauge("nico_issuer_key_set_age", () => Seen(state => Math.Min(state.Age.TotalSeconds, int.MaxValue)), "s", "Time since the issuer's keys were last fetched.");
        _meter.CreateObservableGauge("nico_issuer_keys", () => Seen(state => (double)state.Keys), description: "Keys of the issuer that are trusted.");
    }

    /// <summary>A sentence for each issuer whose keys could not be fetched when that was last tried.</summary>
    public IReadOnlyList<string> Warnings() =>
        [.. States().Where(one => one.State.IsFailing).Select(one => one.State.TrustedFor > TimeSpan.Zero
            ? string.Create(CultureInfo.InvariantCulture, $"The keys of issuer {one.Name} cannot be fetched: its tokens are accepted for {one.State.TrustedFor.TotalMinutes:0} more minutes")
            : $"The keys of issuer {one.Name} cannot be fetched: its tokens are not accepted")];

    /// <summary>True when there are issuers, and the keys of each were needed and could not be had: nobody can be let in.</summary>
    public bool NobodyIsTrusted() => _issuers.All.Count > 0
        && _issuers.All.All(issuer => issuer.Keys.State() is { IsFailing: true, TrustedFor.Ticks: 0 });

    public void Dispose() => _meter.Dispose();

    private IEnumerable<(string Name, KeySetState State)> States() =>
        _issuers.All.Select(issuer => (issuer.Name, State: issuer.Keys.State())).Where(one => one.State is not null).Select(one => (one.Name, one.State!));

    private IEnumerable<Measurement<double>> Seen(Func<KeySetState, double> value) =>
        States().Select(one => new Measurement<double>(value(one.State), new KeyValuePair<string, object?>("issuer", one.Name)));
}
