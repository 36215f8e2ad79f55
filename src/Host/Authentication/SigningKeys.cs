using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Nico.Host.Authentication;

/// <summary>The keys that an issuer signs with.</summary>
internal interface ISigningKeys
{
    /// <summary>The present keys: the same list for as long as the issuer publishes the same keys.</summary>
    ValueTask<IReadOnlyList<JsonWebKey>> Current(CancellationToken ct);

    /// <summary>The keys after another look at the issuer, which happens at most every ten seconds.</summary>
    ValueTask<IReadOnlyList<JsonWebKey>> Refreshed(CancellationToken ct);

    /// <summary>How the fetching of the keys goes; null when they are not fetched, or have not been needed yet.</summary>
    KeySetState? State();
}

/// <summary>How the fetching of an issuer's keys goes.</summary>
/// <param name="Age">Time since they were last fetched.</param>
/// <param name="IsFailing">True when the last attempt failed.</param>
/// <param name="TrustedFor">For how long they are trusted if none succeeds; nothing once they are trusted no more.</param>
/// <param name="Keys">How many are trusted.</param>
internal sealed record KeySetState(TimeSpan Age, bool IsFailing, TimeSpan TrustedFor, int Keys);

/// <summary>Keys that are at hand: the development issuer's.</summary>
internal sealed class FixedKeys(IReadOnlyList<JsonWebKey> keys) : ISigningKeys
{
    public ValueTask<IReadOnlyList<JsonWebKey>> Current(CancellationToken ct) => new(keys);

    public ValueTask<IReadOnlyList<JsonWebKey>> Refreshed(CancellationToken ct) => new(keys);

    public KeySetState? State() => null;
}

/// <summary>
/// An issuer's key set, fetched when first needed, again when a token names a key that is not in it, and again when it is a
/// minute old, so that a withdrawn key stops working; from half a minute on a fetch runs beside the requests, so that none has
/// to wait for it. A set without keys is a set. A fetch that fails leaves the old set in place, but for no longer than
/// <paramref name="trustedFor"/> after the last that succeeded: who keeps Nico from the issuer must not keep a withdrawn key
/// alive. Failures count for the throttle too, so that forged key ids cannot make every request wait for a dead issuer.
/// Source: spec/00-conventions.md, sections 3.3 and 16.
/// </summary>
internal sealed partial class FetchedKeys(
    string name, Uri address, TimeSpan timeout, TimeSpan trustedFor, IHttpClientFactory http, TimeProvider clock, ILogger log)
    : ISigningKeys
{
    /// <summary>Bytes that a key set may have.</summary>
    public const int LongestKeySet = 1_000_000;

    /// <summary>Bits that the modulus of an RSA key must have at least.</summary>
    private const int ShortestModulus = 2048;

    private static readonly TimeSpan _throttle = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _maxAge = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _renewal = TimeSpan.FromSeconds(30);
    private static readonly IReadOnlyList<JsonWebKey> _none = [];

    private readonly Lock _lock = new();
    private IReadOnlyList<JsonWebKey> _keys = _none;
    private string _text = "";
    private long? _attempted;
    private long? _fetched;
    private Task? _fetching;

    public ValueTask<IReadOnlyList<JsonWebKey>> Current(CancellationToken ct)
    {
        var keys = Trusted();
        var fetch = Due(keys.Count == 0 ? _throttle : _renewal, out var age);
        return fetch is null || (keys.Count > 0 && age < _maxAge) ? new(keys) : new(After(fetch, ct));
    }

    public ValueTask<IReadOnlyList<JsonWebKey>> Refreshed(CancellationToken ct) =>
        Due(_throttle, out _) is { } fetch ? new(After(fetch, ct)) : new(Trusted());

    /// <summary>Has the keys fetched when it is time, so that nobody is told of a failure that is over.</summary>
    public KeySetState? State()
    {
        lock (_lock)
        {
            if (_attempted is null)
            {
                return null;
            }
        }

        Due(_renewal, out _);
        lock (_lock)
        {
            var age = _fetched is { } at ? clock.GetElapsedTime(at) : TimeSpan.MaxValue;
            return new KeySetState(
                age,
                _fetched is null || _attempted > _fetched,
                age < trustedFor ? trustedFor - age : TimeSpan.Zero,
                age < trustedFor ? _keys.Count : 0);
        }
    }

    private IReadOnlyList<JsonWebKey> Trusted()
    {
        lock (_lock)
        {
            return _fetched is { } at && clock.GetElapsedTime(at) < trustedFor ? _keys : _none;
        }
    }

    private async Task<IReadOnlyList<JsonWebKey>> After(Task fetch, CancellationToken ct)
    {
        await fetch.WaitAsync(ct);
        return Trusted();
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
        JsonWebKey[]? keys = null;
        try
        {
            text = await Read();
            keys = Usable(text);
        }
        catch (Exception e)
        {
            var reason = e is OperationCanceledException ? $"no answer within {timeout}" : e.Message;
            var left = _fetched is { } at ? trustedFor - clock.GetElapsedTime(at) : TimeSpan.Zero;
            if (left > TimeSpan.Zero)
            {
                Failed(log, name, address, reason, left);
            }
            else
            {
                Untrusted(log, name, address, reason);
            }
        }

        lock (_lock)
        {
            _attempted = clock.GetTimestamp();
            if (keys is not null)
            {
                // The same set stays the same list: what was verified with it need not be verified again.
                if (text != _text)
                {
                    (_keys, _text) = (keys, text!);
                    if (keys.Length == 0)
                    {
                        Empty(log, name, address);
                    }
                }

                _fetched = _attempted;
            }

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

    /// <summary>The usable keys of a set, of which there may be none; what is no set is a failure. A key that is none does not spoil the others.</summary>
    private static JsonWebKey[] Usable(string text)
    {
        using var set = JsonDocument.Parse(text);
        return set.RootElement.ValueKind == JsonValueKind.Object && set.RootElement.TryGetProperty("keys", out var keys) && keys.ValueKind == JsonValueKind.Array
            ? [.. keys.EnumerateArray().Select(Usable).OfType<JsonWebKey>()]
            : throw new InvalidDataException("what came is no key set");
    }

    /// <summary>The public key, if signatures can be checked with it and it is long enough.</summary>
    private static JsonWebKey? Usable(JsonElement element)
    {
        try
        {
            var key = element.ValueKind == JsonValueKind.Object ? new JsonWebKey(element.GetRawText()) : null;
            return key switch
            {
                { Kty: "RSA" } when Bits(key.N) >= ShortestModulus && key.KeySize > 0 => key,
                { Kty: "EC", KeySize: > 0 } => key,
                _ => null,
            };
        }
        catch (Exception e) when (e is FormatException or ArgumentException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Bits of the number, zeros before it not counted: with them a short key could be made to look long.</summary>
    private static long Bits(string number) =>
        new System.Numerics.BigInteger(Base64UrlEncoder.DecodeBytes(number), isUnsigned: true, isBigEndian: true).GetBitLength();

    [LoggerMessage(Level = LogLevel.Warning, Message = "The keys of issuer {Name} at {Address} could not be fetched: {Reason}. Those that are known are trusted for {Left} more")]
    private static partial void Failed(ILogger log, string name, Uri address, string reason, TimeSpan left);

    [LoggerMessage(Level = LogLevel.Error, Message = "The keys of issuer {Name} at {Address} could not be fetched: {Reason}. No token of it is accepted")]
    private static partial void Untrusted(ILogger log, string name, Uri address, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The key set of issuer {Name} at {Address} has no usable key: no token of it is accepted")]
    private static partial void Empty(ILogger log, string name, Uri address);
}
