using System.Text.Json;
using System.Text.Json.Serialization;
using Nico.Identity.Contracts;

namespace Nico.Audit.Entries;

/// <summary>A row of <c>audit.entry</c>.</summary>
internal sealed record AuditEntryRow
{
    public Guid Id { get; init; }

    public required string Endpoint { get; init; }

    public required string QueryParams { get; init; }

    public required string Method { get; init; }

    public required string Body { get; init; }

    public int StatusCode { get; init; }

    public required string StatusMessage { get; init; }

    public required string ClientIp { get; init; }

    public Guid? UserId { get; init; }

    public required string OrgName { get; init; }

    public DateTime Timestamp { get; init; }

    public long DurationMs { get; init; }

    public required string ApiVersion { get; init; }

    public AuditEntry ToResponse(IReadOnlyDictionary<Guid, User> users) => new()
    {
        Id = Id,
        Endpoint = Endpoint,
        QueryParams = JsonSerializer.Deserialize<Dictionary<string, List<string>>>(QueryParams)!,
        Method = Method,
        Body = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(Body)!,
        StatusCode = StatusCode,
        StatusMessage = StatusMessage,
        ClientIP = ClientIp,
        UserID = UserId,
        User = UserId is { } id ? users.GetValueOrDefault(id) : null,
        OrgName = OrgName,
        Timestamp = Timestamp,
        DurationMs = DurationMs,
        ApiVersion = ApiVersion,
    };
}

/// <summary>One request that wanted to change something, or was shown a secret.</summary>
public sealed record AuditEntry
{
    /// <summary>Id of the entry.</summary>
    public Guid Id { get; init; }

    /// <summary>Path of the request, without the query string.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The query string: each parameter with its values.</summary>
    public required Dictionary<string, List<string>> QueryParams { get; init; }

    /// <summary>HTTP method of the request.</summary>
    public required string Method { get; init; }

    /// <summary>The JSON body with its secrets masked; an array stands under <c>items</c>. Empty when there was none.</summary>
    public required Dictionary<string, JsonElement> Body { get; init; }

    /// <summary>HTTP status of the answer; 0 while there is none, and for good when the process ended before.</summary>
    public int StatusCode { get; init; }

    /// <summary>The error's message; empty for a success.</summary>
    public required string StatusMessage { get; init; }

    /// <summary>Address that the request came from.</summary>
    [JsonPropertyName("clientIP")]
    public required string ClientIP { get; init; }

    /// <summary>The user who made the request; null when it was refused before that was known.</summary>
    [JsonPropertyName("userID")]
    public Guid? UserID { get; init; }

    /// <summary>That user, as it is now; left out where there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public User? User { get; init; }

    /// <summary>The org of the path, in lower case.</summary>
    public required string OrgName { get; init; }

    /// <summary>Reserved; always empty.</summary>
    public Dictionary<string, JsonElement> ExtraData { get; init; } = [];

    /// <summary>When the request began.</summary>
    public DateTime Timestamp { get; init; }

    /// <summary>Milliseconds from there until the change was written or the request had been refused.</summary>
    public long DurationMs { get; init; }

    /// <summary>Version of the API that was spoken.</summary>
    public required string ApiVersion { get; init; }
}
