using Nico.Host.Operations;

namespace Nico.Host.Http;

/// <summary>
/// CORS for any origin without credentials (tokens travel in a header), every OPTIONS answered here; and the headers that
/// keep browsers careful. The operator's port is not for other sites' pages at all. Source: spec/00-conventions.md, section 10.
/// </summary>
internal sealed class CorsAndSecurityHeaders(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        if (http.Request.IsHttps)
        {
            headers.StrictTransportSecurity = "max-age=3600; includeSubdomains";
        }

        if (http.Features.Get<OperatorsConnection>() is not null)
        {
            return next(http);
        }

        if (http.Request.Path.StartsWithSegments("/v2"))
        {
            headers.CacheControl = "no-store";
        }

        if (!string.IsNullOrEmpty(http.Request.Headers.Origin))
        {
            headers.AccessControlAllowOrigin = "*";
            headers.AccessControlExposeHeaders = "Content-Length,X-Pagination";
            headers.Append("Vary", "Origin");
        }

        if (!HttpMethods.IsOptions(http.Request.Method))
        {
            return next(http);
        }

        if (!string.IsNullOrEmpty(http.Request.Headers.AccessControlRequestMethod))
        {
            headers.AccessControlAllowMethods = "POST,GET,PUT,DELETE,PATCH,HEAD";
            headers.AccessControlAllowHeaders = "*, Authorization";
            headers.AccessControlMaxAge = "86400";
            headers.Append("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers");
        }

        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
