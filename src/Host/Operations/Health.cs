using System.Text.Json.Nodes;
using Nico.SharedKernel.Http;

namespace Nico.Host.Operations;

/// <summary>What a load balancer and an orchestrator ask. Source: spec/00-conventions.md, section 11.</summary>
internal static class Health
{
    /// <summary>Where they ask.</summary>
    public static readonly string[] Paths = ["/healthz", "/readyz"];

    /// <summary><c>/healthz</c>: the process serves. <c>/readyz</c>: it can do its work, and what is wrong all the same.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods(Paths[0], [HttpMethods.Get, HttpMethods.Head], (HttpContext http) => Answer(http, null, [])).WithMetadata(new AnyPort());
        routes.MapMethods(
            Paths[1],
            [HttpMethods.Get, HttpMethods.Head],
            async (HttpContext http, Readiness readiness) => await Answer(http, await readiness.Problem(http.RequestAborted), readiness.Warnings)).WithMetadata(new AnyPort());
    }

    private static Task Answer(HttpContext http, string? error, string[] warnings) => JsonAnswer.Write(
        http,
        error is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
        Body(error, warnings));

    private static JsonObject Body(string? error, string[] warnings)
    {
        var body = new JsonObject { ["is_healthy"] = error is null, ["error"] = error };
        if (warnings.Length > 0)
        {
            body["warnings"] = new JsonArray([.. warnings.Select(warning => JsonValue.Create(warning))]);
        }

        return body;
    }
}
