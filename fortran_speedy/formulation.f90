!> The peculiarities of the original program, each a named switch.
!>
!> All true (the default) reproduces the original; all false is what the published equations say.
!> The names and their meaning are those of jcm/formulation.py. Whether constants are those of
!> single precision is decided by whoever fills the parameter types; here the first switch says
!> whether expressions that the original evaluates in single precision are evaluated so.
module formulation
    implicit none
    private
    public :: formulation_switches

    type :: formulation_switches
        logical :: single_precision_constants = .true.
        logical :: latitudes_are_approximate = .true.
        logical :: condensation_cap_limits_heating_only = .true.
        logical :: cloud_top_in_layer_1_reflects_bare_albedo = .true.
        logical :: stratiform_cloud_hides_cloud_in_lowest_layer = .true.
        logical :: ozone_season_one_sided = .true.
        logical :: zenith_uses_separate_declination = .true.
        logical :: orographic_drag_amplitude_is_inverse_height = .true.
        logical :: sea_heat_flux_adds_turbulent_fluxes = .true.
        logical :: slow_models_damped_per_call = .true.
        logical :: sst_anomaly_window_shifts_every_call = .true.
        logical :: sst_anomaly_uses_start_year = .true.
        logical :: el_nino_weight_skips_its_edges = .true.
        logical :: every_fourth_year_is_leap = .true.
        logical :: leap_day_outside_its_month = .true.
        logical :: extra_diffusion_acts_on_all_levels = .true.
        logical :: filter_uses_filtered_value = .true.
        logical :: mean_log_pressure_is_conserved = .true.
    end type formulation_switches

end module formulation
