using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Nico.SharedKernel;

namespace Nico.Host.Authentication;

/// <summary>A token whose signature and times have been checked.</summary>
/// <param name="Issuer">Who signed it.</param>
/// <param name="Subject">Its <c>sub</c>.</param>
/// <param name="Payload">All of its claims.</param>
/// <param name="Expires">When it ends, the leeway included.</param>
/// <param name="Keys">The issuer's keys that it was checked with: it is to be trusted for as long as these are the issuer's keys.</param>
internal sealed record VerifiedToken(Issuer Issuer, string Subject, JsonElement Payload, DateTimeOffset Expires, IReadOnlyList<JsonWebKey> Keys);

/// <summary>Checks a token's issuer, signature and times. Source: spec/00-conventions.md, sections 3.1 and 3.2.</summary>
internal sealed class TokenVerifier(Issuers issuers, TokenOptions options, TimeProvider clock)
{
    private const int LongestToken = 64 * 1024;

    private static readonly string[] _algorithms =
        ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = LongestToken };

    /// <summary>The token's content; a 401 when it is not to be trusted.</summary>
    public async Task<VerifiedToken> Verify(string text, CancellationToken ct)
    {
        var token = Parse(text);
        var issuer = issuers.WithUri(token.Issuer ?? "") ?? throw Refuse("The token's issuer is not known here");
        if (!_algorithms.Contains(token.Alg))
        {
            throw Refuse("The token is signed in a way that is not accepted");
        }

        if (token.TryGetHeaderValue<object>("crit", out _))
        {
            throw Refuse("The token asks for an extension that is not understood here");
        }

        var keys = await issuer.Keys.Current(ct);
        var failure = await Check(token, issuer, keys);
        if (failure is SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException)
        {
            var tried = keys;
            keys = await issuer.Keys.Refreshed(ct);
            failure = ReferenceEquals(keys, tried) ? failure : await Check(token, issuer, keys);
        }

        switch (failure)
        {
            case null: break;
            case SecurityTokenExpiredException: throw Refuse("The token has expired");
            case SecurityTokenNotYetValidException: throw Refuse("The token is not valid yet");
            case SecurityTokenNoExpirationException: throw Refuse("The token has no expiry");
            default: throw Refuse("The token's signature is not valid");
        }

        var payload = Payload(token);
        RequireTimes(token, payload);
        return string.IsNullOrWhiteSpace(token.Subject)
            ? throw Refuse("The token has no subject")
            : new VerifiedToken(issuer, token.Subject, payload, Later(token.ValidTo), keys);
    }

    /// <summary>401.</summary>
    public static Problem Refuse(string message) => new(StatusCodes.Status401Unauthorized, message);

    private static JsonWebToken Parse(string text)
    {
        try
        {
            return text.Length <= LongestToken ? new JsonWebToken(text) : throw Refuse("The token is too long");
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException or JsonException or FormatException)
        {
            throw Refuse("The token is not a JWT");
        }
    }

    private async Task<Exception?> Check(JsonWebToken token, Issuer issuer, IReadOnlyList<JsonWebKey> keys)
    {
        var candidates = keys.Where(key => MayHaveSigned(key, token)).ToArray();
        if (candidates.Length == 0)
        {
            return new SecurityTokenSignatureKeyNotFoundException();
        }

        var result = await _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = issuer.Uri,
            ValidateAudience = false,
            IssuerSigningKeys = candidates,
            TryAllIssuerSigningKeys = true,
            ValidAlgorithms = _algorithms,
            RequireSignedTokens = true,
            LifetimeValidator = (from, until, _, _) => Lifetime(from, until),
        });
        return result.IsValid ? null : result.Exception;
    }

    /// <summary>A key id names its key; without one, the key must declare the token's algorithm.</summary>
    private static bool MayHaveSigned(JsonWebKey key, JsonWebToken token) =>
        (string.IsNullOrEmpty(key.Use) || key.Use == "sig")
        && (string.IsNullOrEmpty(token.Kid)
            ? key.Alg == token.Alg
            : key.Kid == token.Kid && (string.IsNullOrEmpty(key.Alg) || key.Alg == token.Alg));

    private bool Lifetime(DateTime? from, DateTime? until)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return until is null ? throw new SecurityTokenNoExpirationException()
            : until <= now - options.Leeway ? throw new SecurityTokenExpiredException()
            : from > now + options.Leeway ? throw new SecurityTokenNotYetValidException()
            : true;
    }

    /// <summary>What the token says of its own age: not from the future, and no longer valid than a token may be.</summary>
    private void RequireTimes(JsonWebToken token, JsonElement payload)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        var issued = payload.At("iat") is { ValueKind: JsonValueKind.Number } ? token.IssuedAt : now;
        if (issued > now + options.Leeway)
        {
            throw Refuse("The token was issued in the future");
        }

        if (options.LongestLife is { } longest && token.ValidTo - issued > longest)
        {
            throw Refuse($"The token is valid for longer than {longest}, which is the longest here");
        }
    }

    private DateTimeOffset Later(DateTime time) =>
        new(time < DateTime.MaxValue - options.Leeway ? time + options.Leeway : DateTime.MaxValue, TimeSpan.Zero);

    /// <summary>The claims. None holds a control character: they end up in rows, logs and terminals.</summary>
    private static JsonElement Payload(JsonWebToken token)
    {
        using var payload = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(token.EncodedPayload));
        try
        {
            return HasControls(payload.RootElement) ? throw Refuse("The token has a control character in a claim") : payload.RootElement.Clone();
        }
        catch (InvalidOperationException)
        {
            throw Refuse("The token has a claim that is no text");
        }
    }

    /// <summary>What is no control character in these: scopes are parted by any white space.</summary>
    private static bool HasControls(JsonProperty claim) => claim is { Name: "scope" or "scopes" or "scp", Value.ValueKind: JsonValueKind.String }
        ? HasControls(string.Concat(claim.Value.GetString()!.Where(character => !char.IsWhiteSpace(character))))
        : HasControls(claim.Name) || HasControls(claim.Value);

    private static bool HasControls(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => HasControls(element.GetString()!),
        JsonValueKind.Array => element.EnumerateArray().Any(HasControls),
        JsonValueKind.Object => element.EnumerateObject().Any(HasControls),
        _ => false,
    };

    private static bool HasControls(string text) => text.Any(char.IsControl);
}
