using System.Text;
using Nico.SiteProtocol.Forge;

namespace Nico.SiteSimulator.Rules;

/// <summary>Rules that hold whatever the object: ids, names, labels, search limits.</summary>
internal static class Checks
{
    /// <summary>The UUID in its usual spelling; a new one when <paramref name="id"/> is absent.</summary>
    public static string IdOrNew(string? id, string field) =>
        string.IsNullOrEmpty(id) ? Guid.NewGuid().ToString() : Uuid(id, field);

    public static string Uuid(string? id, string field)
    {
        if (string.IsNullOrEmpty(id))
        {
            throw Refuse.Invalid($"{field} is required");
        }

        return Guid.TryParse(id, out var uuid) ? uuid.ToString() : throw Refuse.Invalid($"{field} is not a UUID: {id}");
    }

    /// <summary>Checks a list of UUIDs to be looked up and gives them in their usual spelling.</summary>
    public static List<string> Uuids(IEnumerable<string> ids, int limit, string field, bool emptyIsFine = false) =>
        [.. Limited([.. ids], limit, emptyIsFine).Select(id => Uuid(id, field))];

    public static IReadOnlyList<string> Limited(IReadOnlyList<string> ids, int limit, bool emptyIsFine = false)
    {
        if (ids.Count > limit)
        {
            throw Refuse.Invalid($"no more than {limit} IDs can be accepted");
        }

        if (ids.Count == 0 && !emptyIsFine)
        {
            throw Refuse.Invalid("at least one ID must be provided");
        }

        return ids;
    }

    public static string Organization(string? id)
    {
        if (string.IsNullOrEmpty(id) || !id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
        {
            throw Refuse.Invalid($"\"{id}\" is not a tenant organization id: letters, digits, dash and underscore only");
        }

        return id;
    }

    /// <summary>Checks what a tenant may write on an object, and gives it as it is kept: a label's empty value is no value.</summary>
    public static Metadata Metadata(Metadata metadata)
    {
        var name = metadata.Name;
        if (name.Length is < 2 or > 256)
        {
            throw Refuse.Invalid($"Metadata is not valid: name must be between 2 and 256 characters long, got {name.Length} characters");
        }

        if (!Ascii.IsValid(name))
        {
            throw Refuse.Invalid($"Metadata is not valid: name \"{name}\" must contain ASCII characters only");
        }

        if (metadata.Description.Length > 1024)
        {
            throw Refuse.Invalid("Metadata is not valid: description must be no longer than 1024 characters");
        }

        if (metadata.Labels.Count > 10)
        {
            throw Refuse.Invalid($"Metadata is not valid: cannot have more than 10 labels, got {metadata.Labels.Count}");
        }

        var kept = new Metadata { Name = name, Description = metadata.Description };
        var keys = new HashSet<string>();
        foreach (var label in metadata.Labels)
        {
            if (label.Key.Length is < 1 or > 255 || !Ascii.IsValid(label.Key))
            {
                throw Refuse.Invalid($"Metadata is not valid: label key \"{label.Key}\" must have 1 to 255 ASCII characters");
            }

            if (label.Value.Length > 255)
            {
                throw Refuse.Invalid($"Metadata is not valid: the value of label \"{label.Key}\" is longer than 255 characters");
            }

            if (!keys.Add(label.Key))
            {
                throw Refuse.Invalid($"Metadata is not valid: duplicate label key \"{label.Key}\"");
            }

            kept.Labels.Add(label.Value.Length > 0 ? label.Clone() : new Label { Key = label.Key });
        }

        return kept;
    }

    public static bool HasLabel(Metadata metadata, Label wanted) => metadata.Labels.Any(label =>
        (wanted.Key.Length == 0 || label.Key == wanted.Key) && (!wanted.HasValue || label.Value == wanted.Value));
}
