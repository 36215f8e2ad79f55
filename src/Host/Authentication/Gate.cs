using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Caching.Memory;
using Nico.Host.Http;
using Nico.Host.Operations;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Host.Authentication;

/// <summary>
/// Lets a request through to its operation: there is one (404), the token is to be trusted (401), it gives access to the
/// org (401, 403), and one of the route's roles is among the bearer's (403). Source: spec/00-conventions.md, sections 1.1 to 4.
/// </summary>
internal sealed class Gate(
    RequestDelegate next, TokenVerifier tokens, Issuers issuers, OperatorAccess operators, Readiness readiness, RefusedRequests refused, TimeProvider clock)
    : IDisposable
{
    /// <summary>How long a user that was looked up is taken at its word, and a token that nobody shows is remembered.</summary>
    private static readonly TimeSpan _remember = TimeSpan.FromMinutes(1);

    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = 20_000 });

    public async Task InvokeAsync(HttpContext http, Caller caller)
    {
        var endpoint = http.GetEndpoint()
            ?? throw new Problem(StatusCodes.Status404NotFound, "There is nothing at this path for this method");
        var access = endpoint.Metadata.GetMetadata<RouteAccess>();

        if (http.Features.Get<OperatorsConnection>() is not null)
        {
            operators.Require(http);
        }

        if (access is not null)
        {
            try
            {
                await Admit(http, caller, access);
            }
            catch (Problem problem) when (problem.Status is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden)
            {
                refused.Count(http);
                throw;
            }
        }

        await next(http);
        if (http.Response is { StatusCode: StatusCodes.Status405MethodNotAllowed, HasStarted: false })
        {
            await ErrorAnswer.Write(http, StatusCodes.Status405MethodNotAllowed, "This path has other methods");
        }
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
        var token = await Verified(http, Bearer(http.Request), ct);
        var membership = Membership.Of(token, org, issuers);
        var user = await User(http, token, ct);
        caller.Accept(org, membership.OrgDisplayName, user, membership.Roles, membership.IsServiceAccount);
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

    private async Task<VerifiedToken> Verified(HttpContext http, string text, CancellationToken ct)
    {
        var key = (typeof(VerifiedToken), Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
        if (_known.TryGetValue(key, out VerifiedToken? seen)
            && clock.GetUtcNow() < seen!.Expires
            && ReferenceEquals(seen.Keys, await seen.Issuer.Keys.Current(ct)))
        {
            return seen;
        }

        refused.RequireRoom(http);
        var token = await tokens.Verify(text, ct);
        Remember(key, token);
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

    /// <summary>
    /// The user that a token names: issuer and subject make the key, the names follow section 3.4. A client is never a
    /// person, though the one's <c>sub</c> be the other's <c>oidc_id</c>.
    /// </summary>
    private static SignedIn Who(VerifiedToken token)
    {
        var claims = token.Payload;
        var client = token.Issuer.Origin == IssuerOrigin.Keycloak ? claims.Text("client_id") : null;
        var (first, last) = token.Issuer.Origin == IssuerOrigin.Keycloak
            ? (client ?? claims.Text("given_name"), claims.Text("family_name"))
            : Names(claims);
        var issuer = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token.Issuer.Uri)))[..10];
        var subject = token.Issuer.Origin == IssuerOrigin.Keycloak && client is null ? claims.Text("oidc_id")! : token.Subject;
        return new SignedIn($"{issuer}:{subject}", claims.Text("email"), first, last, IsClient: client is not null);
    }

    /// <summary>First and last name. Where there is one name only, its first word is the first name and the rest the last.</summary>
    private static (string? First, string? Last) Names(JsonElement claims)
    {
        var first = claims.FirstText("given_name", "name", "preferred_username", "firstName", "first_name");
        var last = claims.FirstText("family_name", "lastName", "last_name");
        return last is null && first?.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [var given, var rest]
            ? (given, rest)
            : (first, last);
    }

    private void Remember<T>(object key, T value) =>
        _known.Set(key, value, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = _remember });
}

/// <summary>The role that a route asks for, once it is known who asks and that the org may ask so often.</summary>
internal sealed class RoleGate(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http, Caller caller) =>
        http.GetEndpoint()?.Metadata.GetMetadata<RouteAccess>() is { AnyMember: false } access && !caller.Has([.. access.Roles])
            ? throw Problem.Forbidden($"This needs one of the roles {string.Join(", ", access.Roles.Select(Caller.NameOf))} in org {caller.Org}")
            : next(http);
}
