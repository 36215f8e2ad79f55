using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Connections;
using Nico.SharedKernel.Http;

namespace Nico.Host.Operations;

/// <summary>Marks a route that is served on the operator's port only (metrics, the site link's state).</summary>
internal sealed record OperatorsOnly : IAuthorizeData
{
    /// <summary>The policy: the request came in by the operator's port. What else is asked there is <see cref="OperatorAccess"/>.</summary>
    public const string PolicyName = "operator";

    public string? Policy { get; set; } = PolicyName;

    public string? Roles { get; set; }

    public string? AuthenticationSchemes { get; set; }
}

/// <summary>Marks a route that is served on every port, to everybody: health.</summary>
internal sealed record AnyPort : IAllowAnonymous;

/// <summary>Marks a route that is open to everybody, such as the documentation.</summary>
internal sealed record OpenRoute : IAllowAnonymous;

/// <summary>Present on each request that came in by the operator's port.</summary>
internal sealed record OperatorsConnection
{
    /// <summary>Marks every connection of a listener as the operator's.</summary>
    public static Func<ConnectionDelegate, ConnectionDelegate> Mark { get; } = next => connection =>
    {
        connection.Features.Set(new OperatorsConnection());
        return next(connection);
    };

    /// <summary>True when the route is one of ours and is served on the port that the request came in by.</summary>
    public static bool Fits(HttpContext http, Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<AnyPort>() is not null
        || (http.Features.Get<OperatorsConnection>() is not null
            ? endpoint.Metadata.GetMetadata<OperatorsOnly>() is not null
            : endpoint.Metadata.GetMetadata<RouteAccess>() is not null || endpoint.Metadata.GetMetadata<OpenRoute>() is not null);
}
