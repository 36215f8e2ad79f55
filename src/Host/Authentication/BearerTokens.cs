using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Nico.Host.Http;
using Nico.Host.Operations;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Host.Authentication;

/// <summary>ASP.NET Core's authentication by bearer tokens, and its authorization, as Nico uses them.</summary>
internal static class BearerTokens
{
    /// <summary>Registers the scheme and the policies. What no route states is allowed to nobody.</summary>
    public static void AddBearerTokens(this IServiceCollection services)
    {
        services.AddSingleton<TokenVerifier>();
        services.AddSingleton<BearerEvents>();
        // AddAuthentication would bring data protection as well: keys in the account's home, for cookies that there are none of.
        services.AddWebEncoders();
        services.AddAuthenticationCore(options => options.DefaultScheme = JwtBearerDefaults.AuthenticationScheme);
        new AuthenticationBuilder(services).AddScheme<JwtBearerOptions, JwtBearerHandler>(JwtBearerDefaults.AuthenticationScheme, null);
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure<TokenVerifier, BearerEvents>((options, verifier, events) =>
            {
                options.SaveToken = false;
                options.TokenHandlers.Clear();
                options.TokenHandlers.Add(verifier);
                options.TokenValidationParameters = verifier.Rules();
                options.Events = events;
            });
        services.AddAuthorizationBuilder()
            .AddPolicy(OperatorsOnly.PolicyName, policy => policy.RequireAssertion(asked =>
                asked.Resource is HttpContext http && http.Features.Get<OperatorsConnection>() is not null))
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAssertion(_ => false).Build());
    }
}

/// <summary>
/// Where a token stands in a request, which are remembered as verified, and what is answered where there is none: refusals become
/// <see cref="Problem"/>s, like everything that fails.
/// </summary>
internal sealed class BearerEvents(RefusedRequests refused, TimeProvider clock) : JwtBearerEvents, IDisposable
{
    /// <summary>How long a token that nobody shows is remembered.</summary>
    private static readonly TimeSpan _remember = TimeSpan.FromMinutes(1);

    private readonly MemoryCache _verified = new(new MemoryCacheOptions { SizeLimit = 20_000 });

    /// <summary>
    /// Takes the token out of a request to an operation. One that is remembered is not verified again while its issuer's keys are the same.
    /// </summary>
    public override async Task MessageReceived(MessageReceivedContext context)
    {
        var http = context.HttpContext;
        var parts = http.Request.Headers.Authorization.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (http.GetEndpoint()?.Metadata.GetMetadata<RouteAccess>() is null || parts.Length == 0)
        {
            context.NoResult();
        }
        else if (parts is not [var scheme, var token] || !scheme.Equals(context.Scheme.Name, StringComparison.OrdinalIgnoreCase))
        {
            context.Fail(TokenVerifier.Refuse("The Authorization header must be 'Bearer' and a token"));
        }
        else if (_verified.TryGetValue(Key(token), out VerifiedToken? seen)
            && clock.GetUtcNow() < seen!.Expires
            && ReferenceEquals(seen.Keys, await seen.Issuer.Keys.Current(CancellationToken.None)))
        {
            context.Principal = new ClaimsPrincipal(seen);
            context.Success();
        }
        else if (refused.UsedUp(http) is { } problem)
        {
            context.Fail(problem);
        }
        else
        {
            context.Token = token;
        }
    }

    public override Task TokenValidated(TokenValidatedContext context)
    {
        _verified.Set(
            Key(((JsonWebToken)context.SecurityToken).EncodedToken),
            (VerifiedToken)context.Principal!.Identity!,
            new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = _remember });
        return Task.CompletedTask;
    }

    public override Task Challenge(JwtBearerChallengeContext context) => throw context.AuthenticateFailure switch
    {
        null => TokenVerifier.Refuse("A bearer token is needed"),
        Problem problem => problem,
        SecurityTokenException or ArgumentException => TokenVerifier.Refuse("The token is not a JWT"),
        var unexpected => new InvalidOperationException("A token could not be looked at", unexpected),
    };

    public override Task Forbidden(ForbiddenContext context)
    {
        var roles = context.HttpContext.GetEndpoint()!.Metadata.GetRequiredMetadata<RouteAccess>().Roles.Select(Caller.NameOf);
        var org = context.HttpContext.RequestServices.GetRequiredService<Caller>().Org;
        throw Problem.Forbidden($"This needs one of the roles {string.Join(", ", roles)} in org {org}");
    }

    public void Dispose() => _verified.Dispose();

    private static string Key(string token) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
