!> The stages of the fast Fourier transform of 96 real values (spec 30, section 4).
!>
!> With longitude i = d1 + 2 d2 + 8 d3 + 32 d4, exp(2 pi i m longitude/96) is a product over four stages of radix
!> 2, 4, 4 and 3. A stage turns wavenumber k of its input, of length L, into wavenumber k' of its output, of length
!> L' = L/radix and k = k' + q L', with -L'/2 <= k' < L'/2: its factor is exp(2 pi i d q/radix) times the twiddle
!> factor exp(2 pi i d k'/L). Values and every sub-sequence are real, so that only k' >= 0 is computed.
!> Each analysis is the adjoint of the synthesis before it. All rows of a block go through a stage together.
module fourier_stages
    use kinds, only: dp
    implicit none
    private
    public :: fourier_factors
    public :: synthesis_radix_2, synthesis_radix_4, synthesis_radix_12
    public :: analysis_radix_2, analysis_radix_4, analysis_radix_12

    integer, parameter, public :: longitudes = 96
    integer, parameter, public :: largest_wavenumber = 30
    !> Rows in a block: those of one hemisphere.
    integer, parameter, public :: rows = 24

    !> Factors of the stages, real and imaginary parts (1:2, ...).
    type :: fourier_factors
        real(dp) :: radix_2(2, 23) = 0.0_dp          ! (, k') for d1 = 1
        real(dp) :: radix_4(2, 3, 5) = 0.0_dp        ! (, d2, k')
        real(dp) :: second_radix_4(2, 3) = 0.0_dp    ! (, d3) for k' = 1
        real(dp) :: cosine_45 = 0.0_dp
        real(dp) :: sine_60 = 0.0_dp
        real(dp) :: analysis_scale = 0.0_dp          ! 1/96
    end type fourier_factors

contains

    !> First stage: wavenumbers -30 ... 30 of 96 values to -24 ... 23 of every second one.
    pure subroutine synthesis_radix_2(factors, a, halves)
        type(fourier_factors), intent(in) :: factors
        real(dp), intent(in) :: a(rows, 2, 0:30)
        real(dp), intent(out) :: halves(rows, 2, 0:24, 0:1)
        real(dp) :: c, s, x, y
        integer :: k, row

        do row = 1, rows
            halves(row, 1, 0, 0) = a(row, 1, 0)
            halves(row, 1, 0, 1) = a(row, 1, 0)
            halves(row, 1, 24, 0) = 2.0_dp*a(row, 1, 24)
            halves(row, 1, 24, 1) = -2.0_dp*a(row, 2, 24)
        end do
        do k = 1, 17
            c = factors%radix_2(1, k)
            s = factors%radix_2(2, k)
            do row = 1, rows
                x = a(row, 1, k)
                y = a(row, 2, k)
                halves(row, 1, k, 0) = x
                halves(row, 2, k, 0) = y
                halves(row, 1, k, 1) = x*c - y*s
                halves(row, 2, k, 1) = y*c + x*s
            end do
        end do
        do k = 18, 23     ! k - 48 joins k
            c = factors%radix_2(1, k)
            s = factors%radix_2(2, k)
            do row = 1, rows
                halves(row, 1, k, 0) = a(row, 1, k) + a(row, 1, 48 - k)
                halves(row, 2, k, 0) = a(row, 2, k) - a(row, 2, 48 - k)
                x = a(row, 1, k) - a(row, 1, 48 - k)
                y = a(row, 2, k) + a(row, 2, 48 - k)
                halves(row, 1, k, 1) = x*c - y*s
                halves(row, 2, k, 1) = y*c + x*s
            end do
        end do
    end subroutine synthesis_radix_2

    !> Last stage of the analysis, with its scale.
    pure subroutine analysis_radix_2(factors, halves, a)
        type(fourier_factors), intent(in) :: factors
        real(dp), intent(in) :: halves(rows, 2, 0:24, 0:1)
        real(dp), intent(out) :: a(rows, 2, 0:30)
        real(dp) :: c, s, x, y, scale
        integer :: k, row

        scale = factors%analysis_scale
        do row = 1, rows
            a(row, 1, 0) = scale*(halves(row, 1, 0, 0) + halves(row, 1, 0, 1))
            a(row, 2, 0) = 0.0_dp
            a(row, 1, 24) = scale*halves(row, 1, 24, 0)
            a(row, 2, 24) = -scale*halves(row, 1, 24, 1)
        end do
        do k = 1, 17
            c = factors%radix_2(1, k)
            s = factors%radix_2(2, k)
            do row = 1, rows
                x = halves(row, 1, k, 1)*c + halves(row, 2, k, 1)*s
                y = halves(row, 2, k, 1)*c - halves(row, 1, k, 1)*s
                a(row, 1, k) = scale*(halves(row, 1, k, 0) + x)
                a(row, 2, k) = scale*(halves(row, 2, k, 0) + y)
            end do
        end do
        do k = 18, 23
            c = factors%radix_2(1, k)
            s = factors%radix_2(2, k)
            do row = 1, rows
                x = halves(row, 1, k, 1)*c + halves(row, 2, k, 1)*s
                y = halves(row, 2, k, 1)*c - halves(row, 1, k, 1)*s
                a(row, 1, k) = scale*(halves(row, 1, k, 0) + x)
                a(row, 2, k) = scale*(halves(row, 2, k, 0) + y)
                a(row, 1, 48 - k) = scale*(halves(row, 1, k, 0) - x)
                a(row, 2, 48 - k) = scale*(y - halves(row, 2, k, 0))
            end do
        end do
    end subroutine analysis_radix_2

    !> Second stage: wavenumbers -24 ... 23 of 48 values to -6 ... 5 of every fourth one, from the first (p) to the last (s).
    pure subroutine synthesis_radix_4(factors, g, p, q, r, s)
        type(fourier_factors), intent(in) :: factors
        real(dp), intent(in) :: g(rows, 2, 0:24)
        real(dp), dimension(rows, 2, 0:6), intent(out) :: p, q, r, s
        real(dp) :: c1, s1, c2, s2, c3, s3
        real(dp) :: even_sum_x, even_sum_y, even_difference_x, even_difference_y
        real(dp) :: odd_sum_x, odd_sum_y, odd_difference_x, odd_difference_y
        real(dp) :: x, y
        integer :: k, row

        c1 = factors%cosine_45
        do row = 1, rows
            even_sum_x = g(row, 1, 0) + g(row, 1, 24)
            even_difference_x = g(row, 1, 0) - g(row, 1, 24)
            odd_sum_x = 2.0_dp*g(row, 1, 12)
            odd_sum_y = 2.0_dp*g(row, 2, 12)
            p(row, 1, 0) = even_sum_x + odd_sum_x
            r(row, 1, 0) = even_sum_x - odd_sum_x
            q(row, 1, 0) = even_difference_x - odd_sum_y
            s(row, 1, 0) = even_difference_x + odd_sum_y
            ! Multiples of 45 degrees: k = 6 and 18.
            p(row, 1, 6) = 2.0_dp*(g(row, 1, 6) + g(row, 1, 18))
            q(row, 1, 6) = 2.0_dp*c1*(g(row, 1, 6) - g(row, 1, 18) - (g(row, 2, 6) + g(row, 2, 18)))
            r(row, 1, 6) = 2.0_dp*(g(row, 2, 18) - g(row, 2, 6))
            s(row, 1, 6) = 2.0_dp*c1*(g(row, 1, 18) - g(row, 1, 6) - (g(row, 2, 6) + g(row, 2, 18)))
        end do
        do k = 1, 5
            c1 = factors%radix_4(1, 1, k)
            s1 = factors%radix_4(2, 1, k)
            c2 = factors%radix_4(1, 2, k)
            s2 = factors%radix_4(2, 2, k)
            c3 = factors%radix_4(1, 3, k)
            s3 = factors%radix_4(2, 3, k)
            do row = 1, rows
                ! k and k - 24, the conjugate of 24 - k; k + 12 and k - 12, the conjugate of 12 - k.
                even_sum_x = g(row, 1, k) + g(row, 1, 24 - k)
                even_sum_y = g(row, 2, k) - g(row, 2, 24 - k)
                even_difference_x = g(row, 1, k) - g(row, 1, 24 - k)
                even_difference_y = g(row, 2, k) + g(row, 2, 24 - k)
                odd_sum_x = g(row, 1, 12 + k) + g(row, 1, 12 - k)
                odd_sum_y = g(row, 2, 12 + k) - g(row, 2, 12 - k)
                odd_difference_x = g(row, 1, 12 + k) - g(row, 1, 12 - k)
                odd_difference_y = g(row, 2, 12 + k) + g(row, 2, 12 - k)
                p(row, 1, k) = even_sum_x + odd_sum_x
                p(row, 2, k) = even_sum_y + odd_sum_y
                x = even_difference_x - odd_difference_y
                y = even_difference_y + odd_difference_x
                q(row, 1, k) = x*c1 - y*s1
                q(row, 2, k) = y*c1 + x*s1
                x = even_sum_x - odd_sum_x
                y = even_sum_y - odd_sum_y
                r(row, 1, k) = x*c2 - y*s2
                r(row, 2, k) = y*c2 + x*s2
                x = even_difference_x + odd_difference_y
                y = even_difference_y - odd_difference_x
                s(row, 1, k) = x*c3 - y*s3
                s(row, 2, k) = y*c3 + x*s3
            end do
        end do
    end subroutine synthesis_radix_4

    !> Second stage of the analysis.
    pure subroutine analysis_radix_4(factors, p, q, r, s, g)
        type(fourier_factors), intent(in) :: factors
        real(dp), dimension(rows, 2, 0:6), intent(in) :: p, q, r, s
        real(dp), intent(out) :: g(rows, 2, 0:24)
        real(dp) :: c1, s1, c2, s2, c3, s3
        real(dp) :: qx, qy, rx, ry, sx, sy
        real(dp) :: even_sum_x, even_sum_y, even_difference_x, even_difference_y
        real(dp) :: odd_sum_x, odd_sum_y, odd_difference_x, odd_difference_y
        integer :: k, row

        c1 = factors%cosine_45
        do row = 1, rows
            even_sum_x = p(row, 1, 0) + r(row, 1, 0)
            odd_sum_x = q(row, 1, 0) + s(row, 1, 0)
            g(row, 1, 0) = even_sum_x + odd_sum_x
            g(row, 1, 24) = even_sum_x - odd_sum_x
            g(row, 1, 12) = p(row, 1, 0) - r(row, 1, 0)
            g(row, 2, 12) = s(row, 1, 0) - q(row, 1, 0)
            odd_difference_x = c1*(q(row, 1, 6) - s(row, 1, 6))
            odd_sum_x = c1*(q(row, 1, 6) + s(row, 1, 6))
            g(row, 1, 6) = p(row, 1, 6) + odd_difference_x
            g(row, 2, 6) = -(odd_sum_x + r(row, 1, 6))
            g(row, 1, 18) = p(row, 1, 6) - odd_difference_x
            g(row, 2, 18) = r(row, 1, 6) - odd_sum_x
        end do
        do k = 1, 5
            c1 = factors%radix_4(1, 1, k)
            s1 = factors%radix_4(2, 1, k)
            c2 = factors%radix_4(1, 2, k)
            s2 = factors%radix_4(2, 2, k)
            c3 = factors%radix_4(1, 3, k)
            s3 = factors%radix_4(2, 3, k)
            do row = 1, rows
                qx = q(row, 1, k)*c1 + q(row, 2, k)*s1
                qy = q(row, 2, k)*c1 - q(row, 1, k)*s1
                rx = r(row, 1, k)*c2 + r(row, 2, k)*s2
                ry = r(row, 2, k)*c2 - r(row, 1, k)*s2
                sx = s(row, 1, k)*c3 + s(row, 2, k)*s3
                sy = s(row, 2, k)*c3 - s(row, 1, k)*s3
                even_sum_x = p(row, 1, k) + rx
                even_sum_y = p(row, 2, k) + ry
                even_difference_x = p(row, 1, k) - rx
                even_difference_y = p(row, 2, k) - ry
                odd_sum_x = qx + sx
                odd_sum_y = qy + sy
                odd_difference_x = qx - sx
                odd_difference_y = qy - sy
                g(row, 1, k) = even_sum_x + odd_sum_x
                g(row, 2, k) = even_sum_y + odd_sum_y
                g(row, 1, 12 + k) = even_difference_x + odd_difference_y
                g(row, 2, 12 + k) = even_difference_y - odd_difference_x
                g(row, 1, 12 - k) = even_difference_x - odd_difference_y
                g(row, 2, 12 - k) = -(even_difference_y + odd_difference_x)
                g(row, 1, 24 - k) = even_sum_x - odd_sum_x
                g(row, 2, 24 - k) = odd_sum_y - even_sum_y
            end do
        end do
    end subroutine analysis_radix_4

    !> Third and fourth stage: wavenumbers -6 ... 5 of 12 values to the values f0 ... f11.
    pure subroutine synthesis_radix_12(factors, g, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11)
        type(fourier_factors), intent(in) :: factors
        real(dp), intent(in) :: g(rows, 2, 0:6)
        real(dp), dimension(rows), intent(out) :: f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11
        real(dp) :: c1, s1, c2, s2, c3, s3, two_h
        real(dp) :: even_sum_x, even_sum_y, even_difference_x, even_difference_y
        real(dp) :: odd_sum_x, odd_sum_y, odd_difference_x, odd_difference_y
        real(dp) :: mean_sum, mean_difference, mean_x, mean_y
        real(dp) :: x, y, z
        integer :: row

        c1 = factors%second_radix_4(1, 1)
        s1 = factors%second_radix_4(2, 1)
        c2 = factors%second_radix_4(1, 2)
        s2 = factors%second_radix_4(2, 2)
        c3 = factors%second_radix_4(1, 3)
        s3 = factors%second_radix_4(2, 3)
        two_h = 2.0_dp*factors%sine_60
        do row = 1, rows
            mean_sum = g(row, 1, 0) + g(row, 1, 6)
            mean_difference = g(row, 1, 0) - g(row, 1, 6)
            mean_x = 2.0_dp*g(row, 1, 3)
            mean_y = 2.0_dp*g(row, 2, 3)
            ! k = 1 and -5, the conjugate of 5; 4 and -2, the conjugate of 2.
            even_sum_x = g(row, 1, 1) + g(row, 1, 5)
            even_sum_y = g(row, 2, 1) - g(row, 2, 5)
            even_difference_x = g(row, 1, 1) - g(row, 1, 5)
            even_difference_y = g(row, 2, 1) + g(row, 2, 5)
            odd_sum_x = g(row, 1, 4) + g(row, 1, 2)
            odd_sum_y = g(row, 2, 4) - g(row, 2, 2)
            odd_difference_x = g(row, 1, 4) - g(row, 1, 2)
            odd_difference_y = g(row, 2, 4) + g(row, 2, 2)

            x = even_sum_x + odd_sum_x
            y = two_h*(even_sum_y + odd_sum_y)
            z = mean_sum + mean_x
            f0(row) = z + 2.0_dp*x
            z = z - x
            f4(row) = z - y
            f8(row) = z + y

            x = (even_difference_x - odd_difference_y)*c1 - (even_difference_y + odd_difference_x)*s1
            y = two_h*((even_difference_y + odd_difference_x)*c1 + (even_difference_x - odd_difference_y)*s1)
            z = mean_difference - mean_y
            f1(row) = z + 2.0_dp*x
            z = z - x
            f5(row) = z - y
            f9(row) = z + y

            x = (even_sum_x - odd_sum_x)*c2 - (even_sum_y - odd_sum_y)*s2
            y = two_h*((even_sum_y - odd_sum_y)*c2 + (even_sum_x - odd_sum_x)*s2)
            z = mean_sum - mean_x
            f2(row) = z + 2.0_dp*x
            z = z - x
            f6(row) = z - y
            f10(row) = z + y

            x = (even_difference_x + odd_difference_y)*c3 - (even_difference_y - odd_difference_x)*s3
            y = two_h*((even_difference_y - odd_difference_x)*c3 + (even_difference_x + odd_difference_y)*s3)
            z = mean_difference + mean_y
            f3(row) = z + 2.0_dp*x
            z = z - x
            f7(row) = z - y
            f11(row) = z + y
        end do
    end subroutine synthesis_radix_12

    !> First stages of the analysis: the values f0 ... f11 to wavenumbers of 12 values.
    pure subroutine analysis_radix_12(factors, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, g)
        type(fourier_factors), intent(in) :: factors
        real(dp), dimension(rows), intent(in) :: f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11
        real(dp), intent(out) :: g(rows, 2, 0:6)
        real(dp) :: c1, s1, c2, s2, c3, s3, h
        real(dp) :: px, py, qx, qy, rx, ry, sx, sy
        real(dp) :: mean_p, mean_q, mean_r, mean_s
        real(dp) :: x, y
        integer :: row

        c1 = factors%second_radix_4(1, 1)
        s1 = factors%second_radix_4(2, 1)
        c2 = factors%second_radix_4(1, 2)
        s2 = factors%second_radix_4(2, 2)
        c3 = factors%second_radix_4(1, 3)
        s3 = factors%second_radix_4(2, 3)
        h = factors%sine_60
        do row = 1, rows
            x = f4(row) + f8(row)
            mean_p = f0(row) + x
            px = f0(row) - 0.5_dp*x
            py = h*(f8(row) - f4(row))

            x = f5(row) + f9(row)
            mean_q = f1(row) + x
            x = f1(row) - 0.5_dp*x
            y = h*(f9(row) - f5(row))
            qx = x*c1 + y*s1
            qy = y*c1 - x*s1

            x = f6(row) + f10(row)
            mean_r = f2(row) + x
            x = f2(row) - 0.5_dp*x
            y = h*(f10(row) - f6(row))
            rx = x*c2 + y*s2
            ry = y*c2 - x*s2

            x = f7(row) + f11(row)
            mean_s = f3(row) + x
            x = f3(row) - 0.5_dp*x
            y = h*(f11(row) - f7(row))
            sx = x*c3 + y*s3
            sy = y*c3 - x*s3

            g(row, 1, 0) = (mean_p + mean_r) + (mean_q + mean_s)
            g(row, 1, 6) = (mean_p + mean_r) - (mean_q + mean_s)
            g(row, 1, 3) = mean_p - mean_r
            g(row, 2, 3) = mean_s - mean_q
            g(row, 1, 1) = (px + rx) + (qx + sx)
            g(row, 2, 1) = (py + ry) + (qy + sy)
            g(row, 1, 5) = (px + rx) - (qx + sx)
            g(row, 2, 5) = (qy + sy) - (py + ry)
            g(row, 1, 4) = (px - rx) + (qy - sy)
            g(row, 2, 4) = (py - ry) - (qx - sx)
            g(row, 1, 2) = (px - rx) - (qy - sy)
            g(row, 2, 2) = -((py - ry) + (qx - sx))
        end do
    end subroutine analysis_radix_12

end module fourier_stages
