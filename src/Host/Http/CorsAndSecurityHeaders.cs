using Nico.Host.Operations;
using Scalar.AspNetCore;

namespace Nico.Host.Http;

/// <summary>
/// CORS for any origin without credentials (tokens travel in a header), every OPTIONS answered here; and the headers that
/// keep browsers careful. The operator's port is not for other sites' pages at all. Source: spec/00-conventions.md, section 10.
/// </summary>
internal sealed class CorsAndSecurityHeaders(RequestDelegate next)
{
    /// <summary>Where the interactive reference is: the only pages that there are.</summary>
    public const string Reference = "/docs";

    public Task InvokeAsync(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        if (http.Request.IsHttps)
        {
            headers.StrictTransportSecurity = "max-age=3600; includeSubdomains";
        }

        if (http.Request.Path.StartsWithSegments(Reference))
        {
            http.Response.OnStarting(() =>
            {
                headers.ContentSecurityPolicy = ReferencePolicy(http);
                return Task.CompletedTask;
            });
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

    /// <summary>
    /// The reference's own scripts, and in its page the one that bears this answer's nonce. They write their styles into the page, and talk to
    /// this API alone.
    /// </summary>
    private static string ReferencePolicy(HttpContext http)
    {
        var inline = http.Items[ScalarOptions.NonceHttpContextItemKey] is string nonce ? $" 'nonce-{nonce}'" : "";
        return $"default-src 'none'; script-src 'self'{inline}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
            + "connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    }
}
