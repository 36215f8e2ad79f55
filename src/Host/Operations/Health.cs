using System.Text.Json.Nodes;
using Nico.Host.Authentication;
using Nico.SharedKernel.Http;

namespace Nico.Host.Operations;

/// <summary>What a load balancer and an orchestrator ask. Source: spec/00-conventions.md, section 11.</summary>
internal static class Health
{
    /// <summary>Where they ask.</summary>
    public static readonly string[] Paths = ["/healthz", "/readyz"];

    /// <summary><c>/healthz</c>: the process serves. <c>/readyz</c>: it can do its work, and what may soon keep it from it.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods(Paths[0], [HttpMethods.Get, HttpMethods.Head], (HttpContext http) => Answer(http, null, [])).WithMetadata(new AnyPort());
        routes.MapMethods(
            Paths[1],
            [HttpMethods.Get, HttpMethods.Head],
            async (HttpContext http, Readiness readiness, IssuerHealth issuers) =>
                await Answer(http, await readiness.Problem(http.RequestAborted) ?? Problem(issuers), [.. readiness.Warnings, .. issuers.Warnings()])).WithMetadata(new AnyPort());
    }

    /// <summary>An issuer that fails is a warning: its failure must not take the service from all others' users.</summary>
    private static string? Problem(IssuerHealth issuers) => issuers.NobodyIsTrusted() ? "The keys of no issuer can be fetched" : null;

    private static Task Answer(HttpContext http, string? error, IReadOnlyList<string> warnings)
    {
        var answer = new JsonObject { ["is_healthy"] = error is null, ["error"] = error };
        if (warnings.Count > 0)
        {
            answer["warnings"] = new JsonArray([.. warnings.Select(warning => JsonValue.Create(warning))]);
        }

        return JsonAnswer.Write(http, error is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, answer);
    }
}
