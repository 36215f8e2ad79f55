using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Nico.Hardware.Sites.Pairing;
using Nico.SharedKernel;
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

    /// <summary>Maps <c>POST /pair</c>.</summary>
    public static IEndpointConventionBuilder MapSitePairing(this IEndpointRouteBuilder routes) => routes
        .MapPost(Path, async (HttpContext http, IMediator mediator) =>
        {
            var pairing = await Read(http);
            await JsonAnswer.Write(http, StatusCodes.Status200OK, await mediator.Send(pairing, http.RequestAborted));
        })
        .WithMetadata(new AuditedRoute(), new ProducesResponseTypeMetadata(StatusCodes.Status200OK))
        .ExcludeFromDescription();

    private static async Task<PairSite> Read(HttpContext http)
    {
        if (http.Request.ContentLength > LongestBody)
        {
            throw TooLong();
        }

        if (http.Request.ContentType?.Split(';')[0].Trim().Equals("application/json", StringComparison.OrdinalIgnoreCase) is not true)
        {
            throw Problem.Invalid("The body must be JSON (Content-Type: application/json)");
        }

        PairSite pairing;
        try
        {
            var body = await RequestBody.Read(http, http.RequestAborted);
            pairing = JsonSerializer.Deserialize<PairSite>(body.Length <= LongestBody ? body.ToArray() : throw TooLong(), Wire.Json)
                ?? throw Problem.Invalid("The body must be a JSON object");
        }
        catch (JsonException e)
        {
            var field = e.Path?.TrimStart('$', '.');
            throw string.IsNullOrEmpty(field) || field.Length > 64 ? Problem.Invalid("The body must be a JSON object") : Problem.Invalid(field, "must be a text");
        }

        var wrong = new PairSite.Rules().Validate(pairing).Errors;
        if (wrong.Count > 0)
        {
            var details = new JsonObject();
            foreach (var error in wrong)
            {
                details.TryAdd(Wire.Name(error.PropertyName), error.ErrorMessage);
            }

            throw new Problem(StatusCodes.Status400BadRequest, string.Join("; ", details.Select(field => $"{field.Key}: {field.Value}")), details);
        }

        return pairing;
    }

    private static Problem TooLong() => new(StatusCodes.Status413PayloadTooLarge, $"The body is longer than {LongestBody} bytes");
}
