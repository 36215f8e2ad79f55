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
    /// <c>POST /ops/sites/{siteId}/accept-losses</c>.
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
            Answer(http, async () => await acceptance.Controller(Site(siteId), http.RequestAborted)));
        group.MapPost("/sites/{siteId}/accept-losses", (string siteId, HttpContext http, SiteAcceptance acceptance) =>
            Answer(http, async () => await acceptance.Losses(Site(siteId), http.RequestAborted)));
        return group;
    }

    private static Guid Site(string id) => Guid.TryParse(id, out var site) ? site : throw Problem.NotFound("site", id);

    private static async Task Answer<T>(HttpContext http, Func<Task<T>> answer) =>
        await JsonAnswer.Write(http, StatusCodes.Status200OK, await answer());

    private static SiteCommandQuery Query(IQueryCollection query)
    {
        return new SiteCommandQuery
        {
            State = Value<SiteCommandState>("state", (string text, out SiteCommandState state) =>
                Enum.TryParse(text, ignoreCase: true, out state) && Enum.IsDefined(state) && !char.IsAsciiDigit(text[0])),
            SiteId = Value<Guid>("siteId", Guid.TryParse),
            PageSize = Value<int>("pageSize", int.TryParse) ?? new SiteCommandQuery().PageSize,
            After = Value<Guid>("after", Guid.TryParse),
        };

        T? Value<T>(string name, TryParse<T> parse)
            where T : struct => query[name].ToString() is not { Length: > 0 } text
                ? null
                : parse(text, out var value) ? value : throw Problem.Invalid(name, $"'{text}' is not understood");
    }

    private delegate bool TryParse<T>(string text, out T value);
}
