using FluentValidation;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Limits;

namespace Nico.Compute.OperatingSystems.UpdateOperatingSystem;

/// <summary>A tenant's order to change an operating system: what is absent stays. Source: spec/32-operating-system.md, sections 3.3, 3.4 and 4.4.</summary>
[Schema("OperatingSystemUpdateRequest")]
public sealed record UpdateOperatingSystem : ICommand<Guid>
{
    /// <summary>Id of the operating system.</summary>
    [Path]
    public Guid OperatingSystemId { get; init; }

    /// <summary>New name, 2 to 256 bytes; unique for the tenant.</summary>
    public string? Name { get; init; }

    /// <summary>New free text.</summary>
    public string? Description { get; init; }

    /// <summary>New iPXE script, where it is booted by one.</summary>
    [Bound(Limit = nameof(LimitOptions.IpxeScriptBytes))]
    public string? IpxeScript { get; init; }

    /// <summary>Where the image is from now on, where there is one. Goes with its digest; the other fields of an image go with it.</summary>
    [Bound(Bytes = 2048)]
    public string? ImageUrl { get; init; }

    /// <summary>SHA digest of the image, hexadecimal.</summary>
    public string? ImageSha { get; init; }

    /// <summary>How the image's server is asked: Basic or Bearer; the empty text, with an empty token, for no authentication.</summary>
    public string? ImageAuthType { get; init; }

    /// <summary>What the image's server is told; the empty text takes it away. Never shown again.</summary>
    [Bound(Bytes = 4096)]
    public string? ImageAuthToken { get; init; }

    /// <summary>The disk that the image is written to, such as <c>/dev/nvme0n1</c>.</summary>
    public string? ImageDisk { get; init; }

    /// <summary>UUID of the root file system in the image. The empty text, with a label, for an image that has its label instead.</summary>
    public string? RootFsId { get; init; }

    /// <summary>Label of the root file system in the image. The empty text, with a UUID, for an image that has its UUID instead.</summary>
    public string? RootFsLabel { get; init; }

    /// <summary>True when instances are to be ready only once they have called the site. The order to call is put into the user data, or taken out.</summary>
    public bool? PhoneHomeEnabled { get; init; }

    /// <summary>New user data.</summary>
    [Bound(Limit = nameof(LimitOptions.UserDataBytes))]
    public string? UserData { get; init; }

    /// <summary>Must be absent: there are no boot templates.</summary>
    public Guid? IpxeTemplateId { get; init; }

    /// <summary>Must be absent: there are no boot templates.</summary>
    public IReadOnlyList<IpxeTemplatePart>? IpxeTemplateParameters { get; init; }

    /// <summary>Must be absent: there are no boot templates.</summary>
    public IReadOnlyList<IpxeTemplatePart>? IpxeTemplateArtifacts { get; init; }

    /// <summary>True when the user data is meant for cloud-init.</summary>
    public bool? IsCloudInit { get; init; }

    /// <summary>True when an instance may bring user data of its own.</summary>
    public bool? AllowOverride { get; init; }

    /// <summary>False to take it out of use for new instances, true to put it back; must be a change.</summary>
    public bool? IsActive { get; init; }

    /// <summary>Why it is not active.</summary>
    public string? DeactivationNote { get; init; }

    /// <summary>The fields that say something of an image, but for where it is.</summary>
    internal IEnumerable<(string Field, string? Value)> ImageFields =>
    [
        ("imageSha", ImageSha), ("imageAuthType", ImageAuthType), ("imageAuthToken", ImageAuthToken), ("imageDisk", ImageDisk), ("rootFsId", RootFsId),
        ("rootFsLabel", RootFsLabel),
    ];
}

internal sealed class UpdateOperatingSystemEndpoint : CommandEndpoint<UpdateOperatingSystem, Guid, OperatingSystemResponse>
{
    public override void Configure()
    {
        Patch("operating-system/{operatingSystemId}");
        Allow(Role.TenantAdmin);
        Describe(
            "update-operating-system",
            "Operating System",
            "Update an operating system",
            "Changes what is named; instances that exist keep what they have. An image's site is told: it is Syncing until the site has "
            + "the change, and one that the site refuses is undone.",
            404,
            409,
            412,
            501);
    }

    protected override IQuery<OperatingSystemResponse> Answer(UpdateOperatingSystem request, Guid id) =>
        new GetOperatingSystem.GetOperatingSystem { OperatingSystemId = id, Entries = StatusHistory.ShownAfterUpdate };

    internal sealed class Rules : FastEndpoints.Validator<UpdateOperatingSystem>
    {
        public Rules()
        {
            RuleFor(order => order.Name).OptionalName();
            RuleFor(order => order.IpxeTemplateId).NoTemplate();
            RuleFor(order => order.IpxeTemplateParameters).NoTemplate();
            RuleFor(order => order.IpxeTemplateArtifacts).NoTemplate();
            RuleFor(order => order.IpxeScript)
                .Must((order, script) => script is null || order.ImageUrl is null).WithMessage("does not go with an image")
                .Must(script => script is not "").WithMessage("must not be empty");
            RuleFor(order => order.DeactivationNote).Null().When(order => order.IsActive is true).WithMessage("does not go with isActive true");
            When(order => order.IpxeScript is null, () =>
            {
                RuleFor(order => order.ImageUrl).ImageUrl();
                RuleFor(order => order.ImageSha).ImageSha().When(order => order.ImageUrl is not null);
                RuleFor(order => order.ImageAuthType).ImageAuthType();
                RuleFor(order => order.ImageDisk).ImageDisk();
                RuleFor(order => order.RootFsId)
                    .Must((order, id) => string.IsNullOrEmpty(id) || string.IsNullOrEmpty(order.RootFsLabel)).WithMessage("does not go with rootFsLabel");
            });
            RuleFor(order => order).Custom((order, context) =>
            {
                foreach (var (field, value) in order.ImageUrl is null && order.IpxeScript is null ? order.ImageFields : [])
                {
                    if (value is not null)
                    {
                        context.AddFailure(field, "goes with imageUrl only");
                    }
                }
            });
        }
    }
}
