using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SiteLink.Operations;

namespace Nico.SiteLink;

/// <summary>
/// The link's routes for an operator. They ask for no token: the Host serves them on the operator's port only, which is on
/// loopback unless configured otherwise.
/// </summary>
public static class SiteLinkOperations
{
    /// <summary>
    /// Maps <c>GET /ops/site-commands</c> (<c>state</c>, <c>siteId</c>, <c>pageSize</c>, <c>after</c>),
    /// <c>POST /ops/site-commands/{id}/retry</c>, <c>GET /ops/sites</c>, <c>POST /ops/sites/{siteId}/accept-controller</c> and
    /// <c>POST /ops/sites/{siteId}/accept-losses</c>, <c>GET /ops/drift</c> (<c>siteId</c>, <c>kind</c>, <c>pageSize</c>,
    /// <c>after</c>), and <c>POST /ops/drift/{siteId}/{kind}/{id}/adopt</c> and <c>/remove</c>.
    /// </summary>
    public static IEndpointConventionBuilder MapSiteLinkOperations(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/ops").ExcludeFromDescription();
        group.MapGet("/site-commands", (HttpContext http, ISiteCommandLog log) =>
            Answer(http, async () => await log.List(Query(http.Request.Query), http.RequestAborted)));
        group.MapPost("/site-commands/{id}/retry", (string id, HttpContext http, ISiteCommandLog log) =>
            Answer(http, async () => await log.Retry(
                Guid.TryParse(id, out var command) ? command : throw Problem.NotFound("site command", id), http.RequestAborted)));
        group.MapGet("/sites", (HttpContext http, SiteOverview sites) => Answer(http, async () => await sites.All(http.RequestAborted)));
        group.MapPost("/sites/{siteId}/accept-controller", (string siteId, HttpContext http, SiteAcceptance acceptance) =>
            Answer(http, async () => await acceptance.Controller(SiteId(siteId), http.RequestAborted)));
        group.MapPost("/sites/{siteId}/accept-losses", (string siteId, HttpContext http, SiteAcceptance acceptance) =>
            Answer(http, async () => await acceptance.Losses(SiteId(siteId), http.RequestAborted)));
        group.MapGet("/drift", (HttpContext http, DriftResolution drift) =>
            Answer(http, async () => await drift.List(DriftQuery(http.Request.Query), http.RequestAborted)));
        group.MapPost("/drift/{siteId}/{kind}/{id}/adopt", (string siteId, string kind, string id, HttpContext http, DriftResolution drift) =>
            Answer(http, async () => await drift.Adopt(SiteId(siteId), kind, id, http.RequestAborted)));
        group.MapPost("/drift/{siteId}/{kind}/{id}/remove", (string siteId, string kind, string id, HttpContext http, DriftResolution drift) =>
            Answer(http, async () => await drift.Remove(SiteId(siteId), kind, id, http.RequestAborted)));
        return group;
    }

    private static Guid SiteId(string text) => Guid.TryParse(text, out var id) ? id : throw Problem.NotFound("Site", text);

    private static async Task Answer<T>(HttpContext http, Func<Task<T>> answer) =>
        await JsonAnswer.Write(http, StatusCodes.Status200OK, await answer());

    private static SiteCommandQuery Query(IQueryCollection query) => new()
    {
        State = Value<SiteCommandState>(query, "state", (string text, out SiteCommandState state) =>
            Enum.TryParse(text, ignoreCase: true, out state) && Enum.IsDefined(state) && !char.IsAsciiDigit(text[0])),
        SiteId = Value<Guid>(query, "siteId", Guid.TryParse),
        PageSize = Value<int>(query, "pageSize", int.TryParse) ?? new SiteCommandQuery().PageSize,
        After = Value<Guid>(query, "after", Guid.TryParse),
    };

    private static DriftQuery DriftQuery(IQueryCollection query) => new()
    {
        SiteId = Value<Guid>(query, "siteId", Guid.TryParse),
        Kind = Text(query, "kind"),
        PageSize = Value<int>(query, "pageSize", int.TryParse) ?? new DriftQuery().PageSize,
        After = Text(query, "after"),
    };

    private static string? Text(IQueryCollection query, string name) => query[name].ToString() is { Length: > 0 } text ? text : null;

    private static T? Value<T>(IQueryCollection query, string name, TryParse<T> parse)
        where T : struct => Text(query, name) is not { } text
            ? null
            : parse(text, out var value) ? value : throw Problem.Invalid(name, $"'{text}' is not understood");

    private delegate bool TryParse<T>(string text, out T value);
}
