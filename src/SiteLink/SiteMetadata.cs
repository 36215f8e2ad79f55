using System.Text;
using Nico.SharedKernel.Fields;
using Nico.SiteProtocol.Forge;

namespace Nico.SiteLink;

/// <summary>Name, description and labels as sites hold them. Source: spec/60-site-link.md, sections 4 and 8.2.</summary>
public static class SiteMetadata
{
    private const int LongestName = 256;
    private const int LongestDescription = 1024;
    private const int LongestLabel = 255;

    /// <summary>What a site is told.</summary>
    public static Metadata Of(string name, string? description, IReadOnlyDictionary<string, string>? labels)
    {
        var metadata = new Metadata { Name = name, Description = description ?? "" };
        metadata.Labels.AddRange((labels ?? new Dictionary<string, string>()).Select(label => new Label { Key = label.Key, Value = label.Value }));
        return metadata;
    }

    /// <summary>A name that a site reports, as a name may be here; <paramref name="otherwise"/> when it has none that can be used.</summary>
    public static string Name(string? reported, string otherwise)
    {
        var name = Text.Printable(SiteText.CutBytes((reported ?? "").Trim(), LongestName), LongestName);
        return Encoding.UTF8.GetByteCount(name) < 2 ? otherwise : name;
    }

    /// <summary>A description that a site reports; null for none.</summary>
    public static string? Description(string? reported) =>
        string.IsNullOrEmpty(reported) ? null : SiteText.CutBytes(SiteText.Of(reported), LongestDescription);

    /// <summary>Labels that a site reports.</summary>
    public static Dictionary<string, string> Labels(Metadata? reported) => (reported?.Labels ?? [])
        .GroupBy(label => SiteText.Of(label.Key, LongestLabel))
        .ToDictionary(same => same.Key, same => SiteText.Of(same.First().Value ?? "", LongestLabel));

    /// <summary>
    /// True when a site reports another name, description or labels. A label without a value is a label with an empty one; a site that
    /// reports none of it does not differ.
    /// </summary>
    public static bool HasDrifted(Metadata? reported, string name, string? description, IReadOnlyDictionary<string, string>? labels)
    {
        if (reported is null)
        {
            return false;
        }

        var theirs = reported.Labels.GroupBy(label => label.Key).ToDictionary(group => group.Key, group => group.First().Value ?? "");
        return reported.Name != name
            || reported.Description != (description ?? "")
            || theirs.Count != (labels?.Count ?? 0)
            || theirs.Any(label => labels!.GetValueOrDefault(label.Key) != label.Value);
    }
}
