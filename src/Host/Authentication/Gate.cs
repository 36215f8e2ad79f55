using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Caching.Memory;
using Nico.Host.Operations;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Host.Authentication;

/// <summary>
/// Lets a request through to its operation: the route exists (404), the token is to be trusted (401), it gives access to the
/// org (401, 403), and one of the route's roles is among the bearer's (403). Source: spec/00-conventions.md, sections 1.1 to 4.
/// </summary>
internal sealed class Gate(RequestDelegate next, TokenVerifier tokens, Issuers issuers, Readiness readiness, TimeProvider clock) : IDisposable
{
    /// <summary>How long a token that was verified, and a user that was looked up, are taken at their word.</summary>
    private static readonly TimeSpan _remember = TimeSpan.FromMinutes(1);

    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = 20_000 });

    public async Task InvokeAsync(HttpContext http, Caller caller)
    {
        var endpoint = http.GetEndpoint();
        var access = endpoint?.Metadata.GetMetadata<RouteAccess>();
        // What is no route of ours but still an endpoint is routing's own answer to a wrong method: 405, outside of /v2.
        if (endpoint is null
            || (endpoint is RouteEndpoint && !OperatorsConnection.Fits(http, endpoint))
            || (http.Request.Path.StartsWithSegments("/v2") && (access is null || http.Request.Path.Value!.EndsWith('/'))))
        {
            throw new Problem(StatusCodes.Status404NotFound, "There is nothing at this path for this method");
        }

        if (access is not null)
        {
            await Admit(http, caller, access);
        }

        await next(http);
    }

    public void Dispose() => _known.Dispose();

    private async Task Admit(HttpContext http, Caller caller, RouteAccess access)
    {
        if (!readiness.IsPrepared)
        {
            throw new Problem(StatusCodes.Status503ServiceUnavailable, "The database is not prepared yet");
        }

        var ct = http.RequestAborted;
        var org = ((string)http.Request.RouteValues["org"]!).ToLowerInvariant();
        var token = await Verified(Bearer(http.Request), ct);
        var membership = Membership.Of(token, org, issuers);
        var user = await User(http, token, ct);
        caller.Accept(org, membership.OrgDisplayName, user, membership.Roles, membership.IsServiceAccount);
        if (!access.AnyMember && !caller.Has([.. access.Roles]))
        {
            throw Problem.Forbidden($"This needs one of the roles {string.Join(", ", access.Roles.Select(Caller.NameOf))} in org {org}");
        }
    }

    private static string Bearer(HttpRequest request)
    {
        var parts = request.Headers.Authorization.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return parts switch
        {
            [] => throw TokenVerifier.Refuse("A bearer token is needed"),
            [var scheme, var token] when scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) => token,
            _ => throw TokenVerifier.Refuse("The Authorization header must be 'Bearer' and a token"),
        };
    }

    private async Task<VerifiedToken> Verified(string text, CancellationToken ct)
    {
        var key = (typeof(VerifiedToken), Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
        var now = clock.GetUtcNow();
        if (_known.TryGetValue(key, out (VerifiedToken Token, DateTimeOffset Until) seen) && now < seen.Until && now < seen.Token.Expires)
        {
            return seen.Token;
        }

        var token = await tokens.Verify(text, ct);
        Remember(key, (token, now + _remember));
        return token;
    }

    private async Task<Guid> User(HttpContext http, VerifiedToken token, CancellationToken ct)
    {
        var who = Who(token);
        var now = clock.GetUtcNow();
        if (_known.TryGetValue(who, out (Guid Id, DateTimeOffset Until) seen) && now < seen.Until)
        {
            return seen.Id;
        }

        var id = await http.RequestServices.GetRequiredService<IUsers>().SignIn(who, ct);
        Remember(who, (id, now + _remember));
        return id;
    }

    /// <summary>The user that a token names: issuer and subject make the key, the names follow section 3.4.</summary>
    private static SignedIn Who(VerifiedToken token)
    {
        var claims = token.Payload;
        var first = claims.FirstText("given_name", "name", "preferred_username", "firstName", "first_name");
        var last = claims.FirstText("family_name", "lastName", "last_name");
        if (last is null && first?.Split(' ', 2, StringSplitOptions.TrimEntries) is [var given, { Length: > 0 } rest])
        {
            (first, last) = (given, rest);
        }

        var issuer = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token.Issuer.Uri)))[..10];
        var subject = token.Issuer.Origin == IssuerOrigin.Keycloak ? claims.Text("oidc_id") ?? token.Subject : token.Subject;
        return new SignedIn($"{issuer}:{subject}", claims.Text("email"), first, last);
    }

    private void Remember<T>(object key, T value) =>
        _known.Set(key, value, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = _remember });
}
