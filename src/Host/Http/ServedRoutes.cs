using Nico.Host.Operations;
using Nico.SharedKernel.Http;

namespace Nico.Host.Http;

/// <summary>
/// Forgets what routing found where it is not to be found: routes of the other port, paths with a slash at the end, and
/// routing's own answers to wrong methods but those of the health routes. What is left without an endpoint is no request to an
/// operation: not audited, not counted, 404. Source: spec/00-conventions.md, sections 1.1 and 2.
/// </summary>
internal sealed class ServedRoutes(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint() is { } endpoint && !IsServed(http, endpoint))
        {
            http.SetEndpoint(null);
        }

        return next(http);
    }

    private static bool IsServed(HttpContext http, Endpoint endpoint) => endpoint is RouteEndpoint
        ? OperatorsConnection.Fits(http, endpoint) && !(endpoint.Metadata.GetMetadata<RouteAccess>() is not null && http.Request.Path.Value!.EndsWith('/'))
        : Health.Paths.Contains(http.Request.Path.Value);
}
