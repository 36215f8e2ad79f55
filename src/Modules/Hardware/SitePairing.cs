using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nico.Hardware.Sites.Pairing;
using Nico.SharedKernel.Http;

namespace Nico.Hardware;

/// <summary>
/// The one route that controllers call. It is no part of the REST contract and asks for no bearer token: the site's registration
/// token in the body is the credential.
/// </summary>
public static class SitePairing
{
    /// <summary>Its path.</summary>
    public const string Path = "/pair";

    private const long LongestBody = 128 * 1024;

    private static readonly PairSite.Rules _rules = new();

    /// <summary>Maps <c>POST /pair</c>.</summary>
    public static IEndpointConventionBuilder MapSitePairing(this IEndpointRouteBuilder routes) => routes
        .MapPost(Path, async (HttpContext http, IMediator mediator) =>
        {
            var pairing = await JsonRequest.Read(http, LongestBody, _rules, http.RequestAborted);
            await JsonAnswer.Write(http, StatusCodes.Status200OK, await mediator.Send(pairing, http.RequestAborted));
        })
        .WithMetadata(new AuditedRoute(), new ProducesResponseTypeMetadata(StatusCodes.Status200OK))
        .ExcludeFromDescription();
}
