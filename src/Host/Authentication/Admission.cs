using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Caching.Memory;
using Nico.Host.Http;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Host.Authentication;

/// <summary>
/// Admits a request to an operation: its token is to be trusted (401), and gives access to the org of the path (401, 403). What the
/// bearer is there becomes the <see cref="Caller"/>, and the roles of the request's user, which authorization asks for later: first the
/// org's limits apply. Source: spec/00-conventions.md, section 3.
/// </summary>
internal sealed class Admission(RequestDelegate next, Issuers issuers, RefusedRequests refused, TimeProvider clock) : IDisposable
{
    /// <summary>How long a user that was looked up is taken at its word.</summary>
    private static readonly TimeSpan _remember = TimeSpan.FromMinutes(1);

    private readonly MemoryCache _users = new(new MemoryCacheOptions { SizeLimit = 20_000 });

    public async Task InvokeAsync(HttpContext http, Caller caller)
    {
        if (http.GetEndpoint()!.Metadata.GetMetadata<RouteAccess>() is not null)
        {
            try
            {
                await Admit(http, caller);
            }
            catch (Problem problem) when (problem.Status is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden)
            {
                throw refused.Count(http) ?? problem;
            }
        }

        await next(http);
    }

    public void Dispose() => _users.Dispose();

    private async Task Admit(HttpContext http, Caller caller)
    {
        if (http.User.Identity is not VerifiedToken token)
        {
            await http.ChallengeAsync();
            return;
        }

        var org = ((string)http.Request.RouteValues["org"]!).ToLowerInvariant();
        var membership = Membership.Of(token, org, issuers);
        var user = await User(http, Who(token));
        caller.Accept(org, membership.OrgDisplayName, user, membership.Roles, membership.IsServiceAccount);
        http.User.AddIdentity(new ClaimsIdentity(caller.Roles.Select(role => new Claim(ClaimTypes.Role, Caller.NameOf(role)))));
    }

    private async Task<Guid> User(HttpContext http, SignedIn who)
    {
        var now = clock.GetUtcNow();
        if (_users.TryGetValue(who, out (Guid Id, DateTimeOffset Until) seen) && now < seen.Until)
        {
            return seen.Id;
        }

        var id = await http.RequestServices.GetRequiredService<IUsers>().SignIn(who, http.RequestAborted);
        _users.Set(who, (id, now + _remember), new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = _remember });
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
}
