namespace Nico.Hardware.Sites;

/// <summary>What can be shown together with a site.</summary>
public enum SiteRelation
{
    /// <summary>The provider that owns it.</summary>
    InfrastructureProvider,
}
