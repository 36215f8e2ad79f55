namespace Nico.Networking.Vpcs.AtSite;

/// <summary>Whether a site calls a VPC something else than Nico does. Source: spec/60-site-link.md, sections 4 and 8.2.</summary>
internal static class Drift
{
    /// <summary>True when name, description or labels differ. A label without a value is a label with an empty one.</summary>
    public static bool IsThere(Vpc row, SiteProtocol.Forge.Vpc reported)
    {
        if (reported.Metadata is not { } metadata)
        {
            return false;
        }

        var labels = metadata.Labels.GroupBy(label => label.Key).ToDictionary(group => group.Key, group => group.First().Value ?? "");
        return metadata.Name != row.Name
            || metadata.Description != (row.Description ?? "")
            || labels.Count != (row.Labels?.Count ?? 0)
            || labels.Any(label => row.Labels!.GetValueOrDefault(label.Key) != label.Value);
    }
}
