using System.Text.Json.Serialization;

namespace Nico.SharedKernel;

/// <summary>A part of the API that is on its way out. Source: spec/00-conventions.md, section 9.</summary>
public sealed record Deprecation
{
    /// <summary>Path of the member of the answer that it is about; absent when it is about something else.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Attribute { get; init; }

    /// <summary>Name of the query parameter that it is about; absent when it is about something else.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? QueryParam { get; init; }

    /// <summary>The endpoint that it is about; absent when it is about something else.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Endpoint { get; init; }

    /// <summary>What to use instead; null when there is nothing.</summary>
    public string? ReplacedBy { get; init; }

    /// <summary>When the old way may end.</summary>
    public DateTime TakeActionBy { get; init; }

    /// <summary>The same in a sentence.</summary>
    public required string Notice { get; init; }

    /// <summary>A member of an answer that another one replaces.</summary>
    public static Deprecation OfAttribute(string old, string replacement, DateTime takeActionBy) => new()
    {
        Attribute = old,
        ReplacedBy = replacement,
        TakeActionBy = takeActionBy,
        Notice = $"{old} is deprecated and may be left out from {takeActionBy:yyyy-MM-dd} on: use {replacement}",
    };
}
