using Nico.Host.Operations;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Host.Authentication;

/// <summary>What is asked before a token is looked at: that there is something at the path (404) and it can be served (503).</summary>
internal sealed class Gate(RequestDelegate next, OperatorAccess operators, Readiness readiness)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var endpoint = http.GetEndpoint()
            ?? throw new Problem(StatusCodes.Status404NotFound, "There is nothing at this path for this method");
        if (http.Features.Get<OperatorsConnection>() is not null)
        {
            operators.Require(http);
        }

        if (endpoint is not RouteEndpoint)
        {
            // Routing's own answer, which names the methods that there are.
            await endpoint.RequestDelegate!(http);
            await ErrorAnswer.Write(http, StatusCodes.Status405MethodNotAllowed, "This path has other methods");
            return;
        }

        if (endpoint.Metadata.GetMetadata<RouteAccess>() is not null && !readiness.IsPrepared)
        {
            throw new Problem(StatusCodes.Status503ServiceUnavailable, "The database is not prepared yet");
        }

        await next(http);
    }
}
