using Microsoft.AspNetCore.Http;
using Nico.SharedKernel.Http;

namespace Nico.Audit.Trail;

/// <summary>Begins the entry of a mutating request and sees to it that it ends. Source: spec/50-audit.md, section 2.</summary>
internal sealed class AuditMiddleware(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext http, AuditTrail trail)
    {
        if (http.GetEndpoint()?.Metadata is not { } metadata
            || (metadata.GetMetadata<RouteAccess>() is null && metadata.GetMetadata<AuditedRoute>() is null))
        {
            await next(http);
            return;
        }

        var isChange = !HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method);
        trail.Begin(http, isChange);
        if (!isChange)
        {
            await next(http);
            return;
        }

        // Before the caller hears of it, so that whoever has the answer finds the entry. But nobody is kept waiting for a database
        // that is away.
        http.Response.OnStarting(() => http.Response.StatusCode == StatusCodes.Status503ServiceUnavailable ? Task.CompletedTask : trail.End());
        try
        {
            await next(http);
        }
        finally
        {
            await trail.End();
        }
    }
}

/// <summary>Writes the entry of a mutating request that was let in, before anything is done for it; stands after authentication.</summary>
internal sealed class AdmissionMiddleware(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext http, AuditTrail trail)
    {
        await trail.RecordAdmission(http.RequestAborted);
        await next(http);
    }
}
