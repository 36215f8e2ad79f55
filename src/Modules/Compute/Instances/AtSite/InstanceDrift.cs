namespace Nico.Compute.Instances.AtSite;

/// <summary>Whether a site calls an instance something else than Nico does. Source: spec/60-site-link.md, sections 4 and 8.2.</summary>
internal static class InstanceDrift
{
    /// <summary>True when name, description or labels differ. A label without a value is a label with an empty one.</summary>
    public static bool IsThere(Instance row, SiteProtocol.Forge.Instance reported)
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
