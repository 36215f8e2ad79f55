using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Nico.SiteSimulator.Core;

namespace Nico.SiteSimulator.Serving;

/// <summary>The faults and the state of a site as JSON over HTTP, for an operator's curl.</summary>
internal sealed class ControlEndpoint(Controller site, CallLog log, string token)
{
    private const int LargestBody = 64 << 10;

    public async Task Answer(HttpContext context)
    {
        var request = context.Request;
        var path = request.Path.Value!.Trim('/');
        var (status, body) = (request.Method, path.Split('/')) switch
        {
            _ when Foreign(request) => (403, new Error("The control endpoint is for this machine's own tools, not for web pages.")),
            _ when !ControlToken.IsShown(request.Headers.Authorization, token) => (401, new Error($"Show the token: Authorization: Bearer TOKEN. {Whereabouts()}")),
            ("GET", [""]) => (200, Index()),
            ("GET", ["state"]) => (200, State()),
            ("GET", ["calls"]) => (200, log.Last),
            ("GET", ["faults"]) => (200, site.Faults.Active),
            ("POST", ["faults"]) => await Add(request),
            ("POST", ["faults", "hostile" or "impostor"]) => (201, site.Faults.AddPlan(path.Split('/')[1])),
            ("DELETE", ["faults"]) => Clear(),
            ("DELETE", ["faults", var id]) => site.Faults.Remove(id) ? (204, null) : (404, new Error($"There is no fault {id}.")),
            ("GET", ["faults", var id]) => site.Faults.Active.FirstOrDefault(fault => fault.Id == id) is { } fault
                ? (200, fault)
                : (404, new Error($"There is no fault {id}.")),
            _ => (404, (object?)new Error($"There is no {request.Method} {request.Path}; GET / says what there is.")),
        };
        context.Response.StatusCode = status;
        if (status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        if (body is not null)
        {
            context.Response.ContentType = "application/json";
            await JsonSerializer.SerializeAsync(context.Response.Body, body, body.GetType(), Written, context.RequestAborted);
            await context.Response.WriteAsync("\n");
        }
    }

    // Read in a terminal, never in a page.
    private static readonly JsonSerializerOptions Written = new(FaultRules.Json)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    // A page in a browser can reach the loopback interface too: it shows by its Origin, or by a Host that is not this machine's.
    private static bool Foreign(HttpRequest request) =>
        request.Headers.Origin.Count > 0 || request.Host.Host is not ("127.0.0.1" or "localhost");

    private string Whereabouts() => site.Options.StateFolder is { } folder
        ? $"It is in {Path.Combine(folder, ControlToken.FileName)}."
        : "This site keeps no state: it is known to whoever started it.";

    private async Task<(int, object?)> Add(HttpRequest request)
    {
        if (!request.HasJsonContentType())
        {
            return (415, new Error("The body is application/json."));
        }

        try
        {
            request.HttpContext.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = LargestBody;
            var fault = await JsonSerializer.DeserializeAsync<Fault>(request.Body, FaultRules.Json, request.HttpContext.RequestAborted);
            return fault is null ? (400, new Error("The body is a fault.")) : (201, site.Faults.Add(fault));
        }
        catch (Exception refused) when (refused is ArgumentException or JsonException)
        {
            return (400, new Error(refused.Message));
        }
        catch (BadHttpRequestException tooLarge) when (tooLarge.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return (413, new Error($"The body is larger than {LargestBody} bytes."));
        }
    }

    private (int, object?) Clear()
    {
        site.Faults.Clear();
        return (204, null);
    }

    private object Index() => new
    {
        site = site.Options.SiteName,
        what = "A simulated site controller. It serves forge.Forge over gRPC; here its faults and its state are at hand.",
        endpoints = new Dictionary<string, string>
        {
            ["GET /state"] = "objects by kind and state, accepted calls",
            ["GET /calls"] = "the last calls and how they were answered",
            ["GET /faults"] = "the faults in force",
            ["POST /faults"] = "adds a fault, e.g. {\"kind\": \"refuse\", \"rpc\": \"CreateVpc\", \"code\": \"internal\", \"count\": 1}",
            ["POST /faults/hostile"] = "adds one fault for each way in which reports can do harm",
            ["POST /faults/impostor"] = "adds the faults of another controller in this one's place",
            ["DELETE /faults"] = "removes all faults",
            ["DELETE /faults/{id}"] = "removes one",
        },
        kinds = Enum.GetValues<FaultKind>().Select(FaultRules.Text),
        resources = FaultRules.Resources,
        phases = Time.Journeys.InstancePhases,
    };

    private object State()
    {
        lock (site.Gate)
        {
            site.CatchUp();
            site.Commit();
            var state = site.State;
            return new
            {
                site = site.Options.SiteName,
                now = site.Clock.GetUtcNow(),
                built = new DateTimeOffset(site.Built, TimeSpan.Zero),
                speed = double.IsFinite(site.Options.Speed) ? site.Options.Speed : (double?)null,
                folder = site.Options.StateFolder,
                models = site.World.Layout.ToDictionary(part => part.Profile.Name, part => part.Count),
                machines = Counted(site.Machines.States()),
                tenants = state.Tenants.Count,
                vpcs = state.Vpcs.Count,
                vpcPrefixes = state.Prefixes.Count,
                segments = Counted(state.Segments.Values.Select(segment => segment.State.ToString())),
                instances = Counted(state.Instances.Values.Select(instance => Instances.TenantState(instance).ToString())),
                faults = site.Faults.Count,
                acceptedCalls = log.AcceptedCalls,
                repeatedCalls = log.RepeatedCalls,
                receivedCalls = log.ReceivedCalls,
            };
        }
    }

    private static SortedDictionary<string, int> Counted(IEnumerable<string> states) =>
        new(states.CountBy(state => state).ToDictionary(), StringComparer.Ordinal);

    private sealed record Error(string Message);
}
