using Microsoft.IdentityModel.Tokens;

namespace Nico.Host.Authentication;

/// <summary>The keys that an issuer signs with.</summary>
internal interface ISigningKeys
{
    /// <summary>The present keys: the same list for as long as the issuer publishes the same keys.</summary>
    ValueTask<IReadOnlyList<JsonWebKey>> Current(CancellationToken ct);

    /// <summary>The keys after another look at the issuer, which happens at most every ten seconds.</summary>
    ValueTask<IReadOnlyList<JsonWebKey>> Refreshed(CancellationToken ct);
}

/// <summary>Keys that are at hand: the development issuer's.</summary>
internal sealed class FixedKeys(IReadOnlyList<JsonWebKey> keys) : ISigningKeys
{
    public ValueTask<IReadOnlyList<JsonWebKey>> Current(CancellationToken ct) => new(keys);

    public ValueTask<IReadOnlyList<JsonWebKey>> Refreshed(CancellationToken ct) => new(keys);
}

/// <summary>
/// An issuer's key set, fetched when first needed, again when a token names a key that is not in it, and again when it is a
/// minute old, so that a withdrawn key stops working; from half a minute on a fetch runs beside the requests, so that none has
/// to wait for it. A fetch that fails leaves the old set in place; failures count for the throttle too, so that forged key ids
/// cannot make every request wait for a dead issuer. Source: spec/00-conventions.md, sections 3.3 and 16.
/// </summary>
internal sealed partial class FetchedKeys(string name, Uri address, TimeSpan timeout, IHttpClientFactory http, TimeProvider clock, ILogger log)
    : ISigningKeys
{
    /// <summary>Bytes that a key set may have.</summary>
    public const int LongestKeySet = 1_000_000;

    private static readonly TimeSpan _throttle = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _maxAge = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _renewal = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private volatile IReadOnlyList<JsonWebKey> _keys = [];
    private string _text = "";
    private long? _attempted;
    private Task? _fetching;

    public ValueTask<IReadOnlyList<JsonWebKey>> Current(CancellationToken ct)
    {
        var fetch = Due(_keys.Count == 0 ? _throttle : _renewal, out var age);
        return fetch is null || (_keys.Count > 0 && age < _maxAge) ? new(_keys) : new(After(fetch, ct));
    }

    public ValueTask<IReadOnlyList<JsonWebKey>> Refreshed(CancellationToken ct) =>
        Due(_throttle, out _) is { } fetch ? new(After(fetch, ct)) : new(_keys);

    private async Task<IReadOnlyList<JsonWebKey>> After(Task fetch, CancellationToken ct)
    {
        await fetch.WaitAsync(ct);
        return _keys;
    }

    /// <summary>The fetch under way, or a new one unless the last ended less than <paramref name="pause"/> ago; one at a time, whoever waits.</summary>
    private Task? Due(TimeSpan pause, out TimeSpan age)
    {
        lock (_lock)
        {
            age = _attempted is { } at ? clock.GetElapsedTime(at) : TimeSpan.MaxValue;
            return _fetching ?? (age < pause ? null : _fetching = Task.Run(Fetch));
        }
    }

    private async Task Fetch()
    {
        string? text = null;
        JsonWebKey[] keys = [];
        try
        {
            text = await Read();
            keys = Usable(text);
        }
        catch (Exception e)
        {
            Failed(log, name, address, e is OperationCanceledException ? $"no answer within {timeout}" : e.Message);
        }

        lock (_lock)
        {
            // The same set stays the same list: what was verified with it need not be verified again.
            if (keys.Length > 0 && text != _text)
            {
                (_keys, _text) = (keys, text!);
            }

            _attempted = clock.GetTimestamp();
            _fetching = null;
        }
    }

    private async Task<string> Read()
    {
        using var limit = new CancellationTokenSource(timeout);
        using var client = http.CreateClient(nameof(FetchedKeys));
        using var answer = await client.GetAsync(address, HttpCompletionOption.ResponseContentRead, limit.Token);
        return answer.StatusCode == System.Net.HttpStatusCode.OK
            ? await answer.Content.ReadAsStringAsync(limit.Token)
            : throw new InvalidDataException($"status {(int)answer.StatusCode}");
    }

    private static JsonWebKey[] Usable(string text)
    {
        JsonWebKey[] keys = [.. new JsonWebKeySet(text).Keys.Where(IsUsable)];
        return keys.Length > 0 ? keys : throw new InvalidDataException("no usable key in the set");
    }

    /// <summary>True for a public key that signatures can be checked with. A key that is none does not spoil the others.</summary>
    private static bool IsUsable(JsonWebKey key)
    {
        try
        {
            return key.Kty is "RSA" or "EC" && key.KeySize > 0;
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The keys of issuer {Name} at {Address} could not be fetched: {Reason}")]
    private static partial void Failed(ILogger log, string name, Uri address, string reason);
}
