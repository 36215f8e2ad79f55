using System.Text.Json.Nodes;
using Nico.SharedKernel.Fields;

namespace Nico.SharedKernel;

/// <summary>
/// An expected failure: the one way a handler says that a request cannot be fulfilled. The Host turns it into the wire's
/// error body (<c>source</c>, <c>message</c>, <c>data</c>) with <see cref="Status"/>. Source: spec/00-conventions.md, section 7.
/// </summary>
public sealed class Problem(int status, string message, JsonObject? data = null) : Exception(message)
{
    /// <summary>Characters of what is said of one field.</summary>
    public const int LongestMessage = 256;

    /// <summary>HTTP status of the answer.</summary>
    public int Status { get; } = status;

    /// <summary>Details: field name to message, or the id of the object that stands in the way.</summary>
    public JsonObject? Details { get; } = data;

    /// <summary>400: one field of the request is wrong.</summary>
    public static Problem Invalid(string field, string message) =>
        new(400, $"{field}: {message}", new JsonObject { [field] = Text.Cut(message, LongestMessage) });

    /// <summary>400: the request cannot be fulfilled for a reason that is no single field's.</summary>
    public static Problem Invalid(string message) => new(400, message);

    /// <summary>403: the caller's role or entitlement does not allow it.</summary>
    public static Problem Forbidden(string message) => new(403, message);

    /// <summary>404: no such thing, or nothing that this caller may see.</summary>
    public static Problem NotFound(string kind, object id) => new(404, $"{kind} {id} does not exist");

    /// <summary>409: another object stands in the way; the answer carries its id.</summary>
    public static Problem Conflict(string message, object existingId) =>
        new(409, message, new JsonObject { ["id"] = existingId.ToString() });

    /// <summary>409: the present state forbids it.</summary>
    public static Problem Conflict(string message) => new(409, message);
}
