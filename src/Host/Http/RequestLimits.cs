using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Limits;

namespace Nico.Host.Http;

/// <summary>
/// How many requests an org may make, and how many an address without a valid token: 429 beyond. Source: docs/limits.md.
/// </summary>
internal static class RequestLimits
{
    private const string Message = "Too many requests: try again after the time of the header Retry-After";

    /// <summary>The limits of the configuration; a wrong one stops the start.</summary>
    public static LimitOptions From(IConfiguration configuration)
    {
        var limits = configuration.Section<LimitOptions>(LimitOptions.Section);
        return limits.Wrong().FirstOrDefault() is { } wrong ? throw new ConfigurationProblem(wrong) : limits;
    }

    /// <summary>Registers the limiters.</summary>
    public static IServiceCollection AddRequestLimits(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(_ => Options.Create(From(configuration)));
        services.AddSingleton<BodyBudget>();
        services.AddSingleton<ObjectCounts>();
        services.AddScoped<ObjectLimits>();
        services.AddScoped<AtWork>();
        services.AddSingleton<RefusedRequests>();
        services.AddRateLimiter(_ => { });
        services.AddOptions<Microsoft.AspNetCore.RateLimiting.RateLimiterOptions>().Configure<IOptions<LimitOptions>>((options, limits) =>
        {
            options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            options.OnRejected = (rejected, _) => new ValueTask(Refuse(rejected.HttpContext, rejected.Lease));
            options.GlobalLimiter = PartitionedRateLimiter.CreateChained(Rate(limits.Value), Concurrency(limits.Value));
        });
        return services;
    }

    private static PartitionedRateLimiter<HttpContext> Rate(LimitOptions limits) => PartitionedRateLimiter.Create<HttpContext, string>(http =>
        Org(http) is { } org
            ? RateLimitPartition.GetTokenBucketLimiter(org, _ => Bucket(limits.For(org).PerSecond, limits.For(org).Burst))
            : RateLimitPartition.GetNoLimiter(""));

    private static PartitionedRateLimiter<HttpContext> Concurrency(LimitOptions limits) => PartitionedRateLimiter.Create<HttpContext, string>(http =>
        Org(http) is { } org
            ? RateLimitPartition.GetConcurrencyLimiter(org, _ => new ConcurrencyLimiterOptions { PermitLimit = limits.For(org).Concurrent })
            : RateLimitPartition.GetNoLimiter(""));

    /// <summary>A bucket that is filled ten times a second.</summary>
    public static TokenBucketRateLimiterOptions Bucket(int perSecond, int burst) => new()
    {
        TokenLimit = burst,
        TokensPerPeriod = Math.Max(1, perSecond / 10),
        ReplenishmentPeriod = TimeSpan.FromSeconds(perSecond < 10 ? 1.0 / perSecond : 0.1),
        AutoReplenishment = true,
    };

    /// <summary>The usual error body, and when it is worth trying again.</summary>
    public static Task Refuse(HttpContext http, RateLimitLease lease)
    {
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? Math.Max(1, Math.Ceiling(after.TotalSeconds)) : 1;
        http.Response.Headers.RetryAfter = wait.ToString(CultureInfo.InvariantCulture);
        return ErrorAnswer.Write(http, StatusCodes.Status429TooManyRequests, Message);
    }

    /// <summary>The org of an admitted request; null for one to a route that is open to everybody.</summary>
    private static string? Org(HttpContext http) =>
        http.RequestServices.GetRequiredService<Caller>() is { UserId: not null, Org: var org } ? org : null;
}

/// <summary>
/// The requests of an address that were not admitted: no valid token, or none for the org. Beyond the limit no token that is not known yet is
/// looked at, so that guessing and verifying cost nothing.
/// </summary>
internal sealed class RefusedRequests(IOptions<LimitOptions> limits) : IDisposable
{
    private readonly PartitionedRateLimiter<HttpContext> _limiter = PartitionedRateLimiter.Create<HttpContext, string>(http =>
        RateLimitPartition.GetTokenBucketLimiter(
            http.Connection.RemoteIpAddress?.ToString() ?? "",
            _ => RequestLimits.Bucket(limits.Value.RefusedPerSecond, limits.Value.RefusedBurst)));

    /// <summary>The 429 when the address has used up what it may; null while it has not.</summary>
    public Problem? UsedUp(HttpContext http) => Take(http, 0);

    /// <summary>Counts a refused request; gives the 429 that is answered instead when there were too many.</summary>
    public Problem? Count(HttpContext http) => Take(http, 1);

    public void Dispose() => _limiter.Dispose();

    private Problem? Take(HttpContext http, int requests)
    {
        using var lease = _limiter.AttemptAcquire(http, requests);
        return lease.IsAcquired
            ? null
            : new Problem(StatusCodes.Status429TooManyRequests, "Too many requests without a valid token came from this address: try again later");
    }
}
