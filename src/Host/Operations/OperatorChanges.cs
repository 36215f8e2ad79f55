using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SiteLink;

namespace Nico.Host.Operations;

/// <summary>
/// Has what an operator changes on the operator's port in the audit trail of the org that owns the site, where its people look for who
/// did it; in nobody's when no site can be told.
/// </summary>
internal sealed class OperatorChanges(IAuditTrail audit, ISites sites, ISiteCommandLog commands) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (!HttpMethods.IsGet(http.Request.Method))
        {
            audit.About(await Org(http) ?? "");
            await audit.RecordAdmission(http.RequestAborted);
        }

        return await next(context);
    }

    private async Task<string?> Org(HttpContext http)
    {
        var ct = http.RequestAborted;
        var siteId = Id(http, "siteId") ?? (Id(http, "id") is { } id ? (await commands.Find(id, ct))?.SiteId : null);
        return siteId is { } known ? await sites.OrgOf(known, ct) : null;
    }

    private static Guid? Id(HttpContext http, string name) => Guid.TryParse((string?)http.Request.RouteValues[name], out var id) ? id : null;
}
