using Microsoft.IdentityModel.Tokens;

namespace Nico.Host.Authentication;

/// <summary>The keys that an issuer signs with.</summary>
internal interface ISigningKeys
{
    /// <summary>The present keys.</summary>
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
/// minute old, so that a withdrawn key stops working. A fetch that fails leaves the old set in place; failures count for the
/// throttle too, so that forged key ids cannot make every request wait for a dead issuer.
/// Source: spec/00-conventions.md, sections 3.3 and 16.
/// </summary>
internal sealed partial class FetchedKeys(string name, Uri address, TimeSpan timeout, HttpClient http, TimeProvider clock, ILogger log)
    : ISigningKeys, IDisposable
{
    private const int LongestKeySet = 1_000_000;

    private static readonly TimeSpan _throttle = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _maxAge = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _one = new(1);
    private volatile IReadOnlyList<JsonWebKey> _keys = [];
    private long _attempted = long.MinValue;

    public ValueTask<IReadOnlyList<JsonWebKey>> Current(CancellationToken ct) =>
        Age() is { } age && age < _maxAge ? new(_keys) : new(Fetch(_maxAge, ct));

    public ValueTask<IReadOnlyList<JsonWebKey>> Refreshed(CancellationToken ct) => new(Fetch(_throttle, ct));

    public void Dispose() => _one.Dispose();

    private TimeSpan? Age() => Interlocked.Read(ref _attempted) is var at && at == long.MinValue ? null : clock.GetElapsedTime(at);

    /// <summary>Fetches unless the last attempt is younger than <paramref name="unlessYounger"/> (an empty set: than the throttle).</summary>
    private async Task<IReadOnlyList<JsonWebKey>> Fetch(TimeSpan unlessYounger, CancellationToken ct)
    {
        if (Age() is { } known && known < (_keys.Count == 0 ? _throttle : unlessYounger))
        {
            return _keys;
        }

        await _one.WaitAsync(ct);
        try
        {
            if (Age() is { } age && age < (_keys.Count == 0 ? _throttle : unlessYounger))
            {
                return _keys;
            }

            Interlocked.Exchange(ref _attempted, clock.GetTimestamp());
            _keys = await Read(ct);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or ArgumentException or InvalidDataException
                                  && !ct.IsCancellationRequested)
        {
            Failed(log, name, address, e.Message);
        }
        finally
        {
            _one.Release();
        }

        return _keys;
    }

    private async Task<IReadOnlyList<JsonWebKey>> Read(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(timeout);
        using var answer = await http.GetAsync(address, HttpCompletionOption.ResponseContentRead, limit.Token);
        if (answer.StatusCode != System.Net.HttpStatusCode.OK)
        {
            throw new InvalidDataException($"status {(int)answer.StatusCode}");
        }

        var text = await answer.Content.ReadAsStringAsync(limit.Token);
        var keys = text.Length <= LongestKeySet
            ? new JsonWebKeySet(text).Keys.Where(key => key.Kty is "RSA" or "EC" && key.KeySize > 0).ToArray()
            : throw new InvalidDataException("the key set is too long");
        return keys.Length > 0 ? keys : throw new InvalidDataException("no usable key in the set");
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The keys of issuer {Name} at {Address} could not be fetched: {Reason}")]
    private static partial void Failed(ILogger log, string name, Uri address, string reason);
}
