using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Nico.SharedKernel;

namespace Nico.Host.Authentication;

/// <summary>A token whose signature and times have been checked, as the identity of who shows it.</summary>
/// <param name="issuer">Who signed it.</param>
/// <param name="subject">Its <c>sub</c>.</param>
/// <param name="payload">All of its claims.</param>
/// <param name="expires">When it ends, the leeway included.</param>
/// <param name="keys">The issuer's keys that it was checked with: it is to be trusted for as long as these are the issuer's keys.</param>
internal sealed class VerifiedToken(
    Issuer issuer, string subject, JsonElement payload, DateTimeOffset expires, IReadOnlyList<JsonWebKey> keys)
    : ClaimsIdentity(JwtBearerDefaults.AuthenticationScheme)
{
    public Issuer Issuer => issuer;

    public string Subject => subject;

    public JsonElement Payload => payload;

    public DateTimeOffset Expires => expires;

    public IReadOnlyList<JsonWebKey> Keys => keys;
}

/// <summary>
/// The framework's check of a token, with the keys of the issuer that the token names, fetched again once when none of them fits, and with
/// what it does not check. Source: spec/00-conventions.md, sections 3.1 and 3.2.
/// </summary>
internal sealed class TokenVerifier(Issuers issuers, TokenOptions options, TimeProvider clock) : JsonWebTokenHandler
{
    private static readonly string[] _algorithms =
        ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    /// <summary>What the framework checks. An audience belongs to an issuer, see <see cref="Membership"/>.</summary>
    public TokenValidationParameters Rules() => new()
    {
        ValidIssuers = [.. issuers.All.Select(issuer => issuer.Uri)],
        ValidAlgorithms = _algorithms,
        ValidateAudience = false,
        TryAllIssuerSigningKeys = true,
        LifetimeValidator = (from, until, _, _) => Lifetime(from, until),
    };

    /// <summary>The token as a <see cref="VerifiedToken"/>.</summary>
    /// <exception cref="Problem">401: it is not to be trusted.</exception>
    public override async Task<TokenValidationResult> ValidateTokenAsync(SecurityToken token, TokenValidationParameters validationParameters)
    {
        var read = (JsonWebToken)token;
        var issuer = issuers.WithUri(read.Issuer ?? "") ?? throw Refuse("The token's issuer is not known here");
        if (!_algorithms.Contains(read.Alg))
        {
            throw Refuse("The token is signed in a way that is not accepted");
        }

        if (read.TryGetHeaderValue<object>("crit", out _))
        {
            throw Refuse("The token asks for an extension that is not understood here");
        }

        var keys = await issuer.Keys.Current(CancellationToken.None);
        var failure = await Check(keys);
        if (failure is SecurityTokenInvalidSignatureException
            && await issuer.Keys.Refreshed(CancellationToken.None) is var refreshed
            && refreshed != keys)
        {
            keys = refreshed;
            failure = await Check(keys);
        }

        if (failure is not null)
        {
            throw Refuse(failure switch
            {
                SecurityTokenExpiredException => "The token has expired",
                SecurityTokenNotYetValidException => "The token is not valid yet",
                SecurityTokenNoExpirationException => "The token has no expiry",
                _ => "The token's signature is not valid",
            });
        }

        var payload = Payload(read);
        RequireTimes(read, payload);
        return string.IsNullOrWhiteSpace(read.Subject)
            ? throw Refuse("The token has no subject")
            : new()
            {
                IsValid = true,
                SecurityToken = read,
                ClaimsIdentity = new VerifiedToken(issuer, read.Subject, payload, Later(read.ValidTo), keys),
            };

        async Task<Exception?> Check(IReadOnlyList<JsonWebKey> keys)
        {
            validationParameters.IssuerSigningKeys = [.. keys.Where(key => MayHaveSigned(key, read))];
            var result = await base.ValidateTokenAsync(read, validationParameters);
            return result.IsValid ? null : result.Exception;
        }
    }

    /// <summary>401.</summary>
    public static Problem Refuse(string message) => new(StatusCodes.Status401Unauthorized, message);

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
